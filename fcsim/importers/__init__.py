"""From a team's own platform to a scenario: configuration, images, traffic, request logs."""
