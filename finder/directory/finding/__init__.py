"""From a question to answers in order: candidates by distance, filters, what each choice costs, and why."""
