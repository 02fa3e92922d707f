"""One module for each outside world: what its deliveries look like. They never meet one another."""
