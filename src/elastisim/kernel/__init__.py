"""The simulation kernel: time, activities, the sharing of resources, and programs executed by ranks."""
