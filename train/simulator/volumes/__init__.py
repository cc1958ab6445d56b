"""CT volumes that `train.simulator.ct_volume` projects; README.md names their sources and licences."""
