"""What services answer: asking, and comparing with what they answer by themselves."""

from shelflife.rehearse.answers.answer import Answer
from shelflife.rehearse.answers.comparer import Comparer
from shelflife.rehearse.answers.differences import Comparison, Difference, NoiseRule
from shelflife.rehearse.answers.sender import Sender

__all__ = ["Answer", "Comparer", "Comparison", "Difference", "NoiseRule", "Sender"]
