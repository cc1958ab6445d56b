"""CT volumes that `train.simulator.ct.volume` projects; README.md names their sources and licences."""
