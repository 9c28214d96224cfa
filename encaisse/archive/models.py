"""The archive's one table. Content lives in storage under its hash."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class File(models.Model):
    """Bytes that never change, named by their SHA-256. `keep_until` is the last day of their retention."""

    sha256 = models.CharField(max_length=64, unique=True)
    size_bytes = models.BigIntegerField()
    media_type = models.TextField()
    keep_until = models.DateField()
    archived_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="file_hash_is_sha256", condition=models.Q(sha256__regex="^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="file_is_not_empty", condition=models.Q(size_bytes__gt=0)),
        ]
