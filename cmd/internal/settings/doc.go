// Package settings describes what a user can choose about a training run, each
// setting once: its flag, its help, the values it takes, its name in config.json,
// and whether a run that is resumed may have another value.
//
// Values holds the values, Table describes them, and the rest follows: the
// commands make their flags of the table, config.json has the recorded values
// under their JSON names, and a resumed run is compared by these names.
package settings
