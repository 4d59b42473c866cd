// Package hdf5 reads and writes the part of HDF5 that Keras's weight files use.
//
// The reader supports what h5py writes by default: superblocks of versions 0 and 1,
// groups as symbol tables, object headers of version 1, contiguous and compact datasets
// without filters, and attributes that hold strings of fixed or variable length. It
// decodes little-endian float32 and int64. For everything else it returns an error that
// names the object and what was found there. The input may come from an untrusted
// source: the depth, the number of objects and the bytes of metadata are bounded, and
// no allocation is larger than the file's own size justifies.
//
// The writer writes groups and contiguous float32 datasets in the same version of the
// format, which every release of libhdf5 reads.
//
// The format is specified in the HDF5 File Format Specification,
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html.
package hdf5
