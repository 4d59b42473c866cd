package dataset

import (
	"context"
	"errors"
)

// ReadFolder reads a folder of images.
func ReadFolder(ctx context.Context, dir string, shape [3]int) (*Data, error) {
	return nil, errors.New("not built yet")
}
