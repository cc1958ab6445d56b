"""CT volumes that `train.simulator.ct` projects; README.md names their sources and licences."""
