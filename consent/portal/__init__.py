"""The pages of customers: who may open them and by what, what they show, and what a customer does there."""
