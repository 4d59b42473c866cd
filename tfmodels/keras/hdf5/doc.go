// Package hdf5 reads and writes HDF5 files as far as Keras's weight files need
// it.
//
// The reader takes what h5py writes by default: superblocks of version 0 and 1,
// groups as symbol tables, object headers of version 1, contiguous and compact
// datasets without filters, and attributes that hold strings of fixed or variable
// length. It decodes little-endian float32 and int64. Everything else gives an
// error that names the object and what was found there. What it reads may come
// from anywhere: the depth, the number of objects and the bytes of metadata are
// bounded, and nothing is allocated that the file is not long enough to hold.
//
// The writer makes groups and contiguous float32 datasets in the same version of
// the format, which every release of libhdf5 reads.
//
// The format is https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html,
// the HDF5 File Format Specification.
package hdf5
