"""What five kinds of people come here to do, step by step, on the sandbox."""
