"""Plans for people and programs: JSON, terminal, memory map as page and picture."""
