"""The batch system: job life cycle, nodes, and the decisions of a scheduling algorithm."""
