"""From records to what people read: the view as plain data, then the page and the tables. Nothing is trained here."""
