// Package settings defines what a user can choose about a training run. Each setting is
// defined once: its flag, its help, its valid values, its name in config.json, and
// whether a resumed run may change it.
//
// Values holds the values and Table describes them. Everything else follows from these
// two: the commands make their flags from the table, config.json records the values
// under their JSON names, and a resumed run is compared by these names.
package settings
