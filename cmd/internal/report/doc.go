// Package report turns what training runs measured into pictures.
//
// Every picture has one look: the Liberation Sans face, named axes with their
// units, a legend above the panels where it covers nothing, and colours from
// the palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which
// colour-blind readers can tell apart. A network has the same colour in every
// picture. Training is solid, validation dashed. A value that is not finite is
// left out, and the picture says so.
package report
