"""Networks: one loop, small encoders. The only room that imports torch."""
