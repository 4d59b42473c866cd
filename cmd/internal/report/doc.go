// Package report draws the measurements of training runs.
//
// All pictures share one style: the Liberation Sans font, axes labelled with their
// units, a legend above the panels where it covers nothing, and the colour palette of
// Okabe and Ito (https://jfly.uni-koeln.de/color/), which colour-blind readers can
// distinguish. A network has the same colour in every picture. Training lines are
// solid, validation lines dashed. Values that are not finite are omitted, and the
// picture says so.
package report
