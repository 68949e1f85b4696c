"""Platforms: hosts, links, disks, zones and the routes between them, read from SimGrid platform files."""
