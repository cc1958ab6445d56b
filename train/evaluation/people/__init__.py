"""What is known of the people that are evaluated."""
