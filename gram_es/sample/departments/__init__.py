"""What the shop sells: one module a department, each with its ``TYPES``."""

from gram_es.sample.departments import (
    appliances,
    baby_toys,
    bedding_bath,
    cleaning,
    clothing,
    electronics,
    furniture,
    garden,
    kitchen,
    lighting,
    office,
    pets,
    shoes,
    sports,
    tools,
)

TYPES = (
    *tools.TYPES,
    *kitchen.TYPES,
    *appliances.TYPES,
    *furniture.TYPES,
    *bedding_bath.TYPES,
    *clothing.TYPES,
    *shoes.TYPES,
    *baby_toys.TYPES,
    *electronics.TYPES,
    *garden.TYPES,
    *sports.TYPES,
    *pets.TYPES,
    *office.TYPES,
    *lighting.TYPES,
    *cleaning.TYPES,
)
