"""Opens DICOM files and pictures as radiographs."""
