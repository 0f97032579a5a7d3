"""What ``fcsim check`` found, for people and for machines: text, JSON, JUnit XML, GitHub."""
