"""The one error family. The message of each error is the sentence that a clinician reads."""


class VerteError(Exception):
    """Anything a user can cause or meet; ``str(error)`` is a whole sentence that names the cause."""


class ImageError(VerteError):
    """An image that can't be opened, or that does not suit the weights."""


class ClinicalError(VerteError):
    """Age, sex, BMI or a table of them that is missing, malformed or out of range."""


class WeightsError(VerteError):
    """A weights file that is not ours, damaged, or of another schema version."""


class DataError(VerteError):
    """A manifest, configuration or training set that can't be used; may list several problems."""


class OutputError(VerteError):
    """A result that can't be written: full disk, missing folder, no permission."""
