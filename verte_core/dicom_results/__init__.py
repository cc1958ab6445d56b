"""Results as DICOM objects that an archive keeps beside the image: structured report, picture, page."""
