"""What sources hand in over HTTP: taken in durably first (`accept`), then taken out, checked and stored once (`drain`)."""
