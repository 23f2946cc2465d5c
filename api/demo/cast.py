"""Who lives in the demo: stores, staff, named members and the names of the others."""

from dataclasses import dataclass

from gamification.staff.rules import Role

STORES = (("old-town", "Old Town"), ("riverside", "Riverside"), ("station", "Central Station"))


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffMember:
    """Someone at a till, or the web shop."""

    id: str
    store_id: str
    role: Role
    label: str


STAFF = (
    StaffMember(id="old-town-1", store_id="old-town", role=Role.CLERK, label="Till 1"),
    StaffMember(id="riverside-1", store_id="riverside", role=Role.CLERK, label="Till 1"),
    StaffMember(id="station-1", store_id="station", role=Role.CLERK, label="Till 1"),
    StaffMember(id="old-town-0", store_id="old-town", role=Role.MANAGER, label="Manager"),
    StaffMember(id="web-shop", store_id="old-town", role=Role.SYSTEM, label="Web shop"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedMember:
    """A member to try things out with; somewhere it is always daytime for one of them."""

    subject: str
    name: str
    locale: str
    time_zone: str


NAMED = (
    NamedMember(subject="zofia", name="Zofia Wiśniewska", locale="pl", time_zone="Europe/Warsaw"),
    NamedMember(subject="alina", name="Алина Ким", locale="ru", time_zone="Asia/Almaty"),
    NamedMember(subject="yijun", name="林怡君", locale="zh-Hant", time_zone="Asia/Taipei"),
    NamedMember(subject="grace", name="Grace Okafor", locale="en", time_zone="America/New_York"),
    NamedMember(subject="aroha", name="Aroha Ngata", locale="en", time_zone="Pacific/Auckland"),
    NamedMember(subject="luis", name="Luis Herrera", locale="en", time_zone="America/Los_Angeles"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What a named member says of a product; staff have yet to look at it."""

    subject: str
    product: str
    rating: int
    text: str


REVIEWS = (
    Review(subject="grace", product="Cardamom bun", rating=5, text="Still warm at eight. Perfect."),
    Review(
        subject="zofia",
        product="Soup of the day",
        rating=2,
        text="Tomato again, for the third day in a row, and it was lukewarm.",
    ),
    Review(subject="luis", product="Flat white", rating=4, text="Lovely. A bigger cup, please!"),
)

FIRST_NAMES = (
    "Adam", "Agnieszka", "Bartosz", "Beata", "Celina", "Dawid", "Dorota", "Emil", "Ewa", "Filip",
    "Gabriela", "Hubert", "Iga", "Jan", "Julia", "Kamil", "Lena", "Łukasz", "Maja", "Marek",
    "Natalia", "Olga", "Paweł", "Róża", "Stanisław", "Świetlana", "Tomasz", "Wanda", "Żaneta",
)  # fmt: skip
LAST_NAMES = (
    "Adamczyk", "Bąk", "Czarnecka", "Dąbrowska", "Filipiak", "Górski", "Jankowska", "Kaczmarek",
    "Lis", "Łuczak", "Mazur", "Nowak", "Ostrowska", "Pawlak", "Rutkowska", "Sikora", "Szulc",
    "Tomczak", "Urban", "Walczak", "Zając", "Żak",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """Something on the menu; the price is in cents."""

    name: str
    category: str
    price_minor: int


COFFEES = (
    Product(name="Espresso", category="coffee", price_minor=280),
    Product(name="Flat white", category="coffee", price_minor=440),
    Product(name="Cappuccino", category="coffee", price_minor=410),
    Product(name="Filter", category="coffee", price_minor=350),
)
EXTRAS = (
    Product(name="Croissant", category="pastry", price_minor=320),
    Product(name="Cardamom bun", category="pastry", price_minor=390),
    Product(name="Cheesecake", category="pastry", price_minor=520),
    Product(name="Soup of the day", category="lunch", price_minor=790),
    Product(name="Sandwich", category="lunch", price_minor=690),
    Product(name="Beans, 250 g", category="beans", price_minor=1290),
)
