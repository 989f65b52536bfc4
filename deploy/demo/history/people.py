"""Invented people: what is true of each, whoever reports it.

NHS numbers are of the range 999, which is given to nobody, with the right check digit. Names are put together from two
lists, streets and homes from others; whoever bears such a name does so by chance.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from deploy.demo.history.distributions import AGES, ETHNICITIES, GENDERS, LANGUAGES, SUPPORT_REASONS
from deploy.demo.history.draw import likely, one

_WOMEN = (
    "Ada", "Agnes", "Alma", "Amina", "Anja", "Beatrice", "Beryl", "Bronya", "Carys", "Celia", "Cora", "Daljit",
    "Della", "Dilys", "Edith", "Elowen", "Esme", "Fatuma", "Flora", "Gita", "Greta", "Halina", "Hester", "Ida",
    "Imelda", "Ioana", "Iris", "Jasvir", "Joan", "Kamala", "Lena", "Lottie", "Mabel", "Magda", "Maren", "Maud",
    "Mirela", "Nadia", "Nell", "Noor", "Olive", "Orla", "Pearl", "Petra", "Rahel", "Ruby", "Selam", "Shabana",
    "Sylvia", "Tamsin", "Una", "Violet", "Wanda", "Winifred", "Yasmin", "Zofia",
)  # fmt: skip
_MEN = (
    "Abel", "Albert", "Alun", "Amir", "Anton", "Arjun", "Barnaby", "Bogdan", "Cedric", "Clive", "Conrad", "Cyril",
    "Dawit", "Dennis", "Edwin", "Elias", "Emrys", "Ernest", "Farouk", "Felix", "Gethin", "Gilbert", "Gurdeep",
    "Harbir", "Hector", "Hugo", "Idris", "Ioan", "Ivor", "Jasper", "Jerzy", "Kwame", "Leon", "Lionel", "Marek",
    "Mihai", "Ned", "Omar", "Otis", "Percy", "Pavel", "Rafiq", "Ralph", "Rufus", "Samir", "Silas", "Stellan",
    "Tesfay", "Tobias", "Umar", "Vernon", "Wilf", "Yusuf", "Zoltan",
)  # fmt: skip
_FAMILIES = (
    "Abershaw", "Aldermoor", "Amberwell", "Arkhill", "Ashbrink", "Averby", "Barrowdene", "Bellwether",
    "Birchall-Low", "Blackmere", "Bramfold", "Brightling", "Brockway", "Calderbeck", "Carrowmore", "Chandry",
    "Cloverdale", "Coldwater", "Cranefield", "Dalgarth", "Deepwell", "Dovelane", "Dunmarrow", "Eastergate",
    "Elmsworthy", "Fallowell", "Farthingale", "Fennimore", "Firthwood", "Foxhollow", "Gallowby", "Garrowhill",
    "Glasswell", "Goldspink", "Greenaway-Orr", "Hallowfen", "Harksome", "Hazelgrove", "Heronby", "Hollinside",
    "Inglebright", "Ironwell", "Jessamy", "Kestrelow", "Kirkmarsh", "Lambsfold", "Larkhame", "Limewright", "Lowmoor",
    "Maddersby", "Marrowbone", "Meadowsage", "Millstrand", "Morrowind", "Netherby-Vale", "Nightingold", "Oakenshore",
    "Orchardson", "Ottersby", "Pellworth", "Penhallard", "Pinderwick", "Quillfeather", "Quincewell", "Ravensole",
    "Redfallow", "Ridgewarden", "Rosewarnock", "Rowanlea", "Saltmarsh", "Sedgebrook", "Silverlock", "Skylarke",
    "Sorrelby", "Starwell", "Stonecrop", "Summerlease", "Swithenby", "Tallowmere", "Tanglewood", "Thistledown",
    "Thornaby-Rose", "Tidewell", "Underhaugh", "Vallender", "Wagstone", "Waterlade", "Weatherill-Fenn", "Whinfell",
    "Wildgoose", "Willowmead", "Winterbourne-Ash", "Woolcombe", "Wrenfield", "Yarrowdale", "Yellowley",
)  # fmt: skip
_STREETS = (
    "Alder Row", "Anvil Lane", "Barley Close", "Bellfounder Street", "Canal Wharf", "Cooper's Yard", "Dyer's Lane",
    "Fuller's Walk", "Glover's Croft", "Heron Way", "Junction Row", "Kiln Street", "Loom Lane", "Mill Race",
    "Orchard Drift", "Plough Court", "Ribbon Street", "Saddler's Green", "Silk Mill Road", "Spindle Close",
    "Tanner's Row", "Thimble Street", "Weaver's Walk", "Windlass Lane",
)  # fmt: skip

_BANDS = {"18-64": (18, 64), "65-74": (65, 74), "75-84": (75, 84), "85-94": (85, 94), "95-101": (95, 101)}
_OLDER = 65
_NHS_DIGITS = 10
_MODULUS = 11


@dataclass(frozen=True, slots=True)
class Person:
    """An adult who does not exist; NHS number and senders' references derive from `number`."""

    number: int
    name: str
    born: date
    address: str
    gender: str
    ethnicity: str
    language: str
    support_reason: str
    mental_health: bool
    home: int


def person(rng: Random, number: int, on: date) -> Person:
    """Somebody who is 18 or over on a day, and 101 at most."""
    low, high = _BANDS[one(rng, AGES)]
    gender = one(rng, GENDERS)
    first = rng.choice(_MEN if gender == "male" or (gender != "female" and likely(rng, 0.5)) else _WOMEN)
    # A birthday at least a week off, so that nobody is 17 by the way a clock is read.
    born = on - timedelta(days=int(rng.randint(low, high) * 365.25) + rng.randint(8, 350))
    support = one(rng, SUPPORT_REASONS["older" if (on - born).days >= _OLDER * 365.25 else "younger"])
    return Person(
        number=number,
        name=f"{first} {rng.choice(_FAMILIES)}",
        born=born,
        address=f"{rng.randint(1, 140)} {rng.choice(_STREETS)}",
        gender=gender,
        ethnicity=one(rng, ETHNICITIES),
        language=one(rng, LANGUAGES),
        support_reason=support,
        mental_health=support == "mental_health" and likely(rng, 0.45),
        home=rng.randrange(1_000_000),
    )


def nhs_number(number: int) -> str:
    """The number of the range 999 that belongs to somebody, by who they are: no two the same, all valid.

    Where the check digit would be ten there is no number, so each stands for ten digits that differ in the last but
    one, the first of which that has a check digit is taken.
    """
    for last in range(_NHS_DIGITS):
        digits = f"999{number:05d}{last}"
        rest = sum(int(digit) * weight for digit, weight in zip(digits, range(_NHS_DIGITS, 1, -1), strict=True))
        check = (_MODULUS - rest % _MODULUS) % _MODULUS
        if check < _NHS_DIGITS:
            return f"{digits}{check}"
    raise ValueError("no check digit fits")


def wrong_nhs_number(number: int) -> str:
    """The same number with its last digit mistyped."""
    right = nhs_number(number)
    return right[:-1] + str((int(right[-1]) + 1) % 10)
