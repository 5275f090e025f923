"""What the integration costs, measured in one run beside what else there is."""
