"""Looking at a fitted classifier from outside: what it answers when texts, company or training rows change a little."""
