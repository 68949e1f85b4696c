"""ElastiSim: a batch-system simulator for rigid, moldable, malleable, evolving and adaptive HPC jobs."""
