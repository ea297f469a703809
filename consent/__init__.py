"""May we, on what ground; and telling the person so. Calls customers and accounts; is called by campaigns."""
