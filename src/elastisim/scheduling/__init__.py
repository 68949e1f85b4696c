"""Ways to reach a scheduling algorithm: in process, over ZeroMQ, and built in."""
