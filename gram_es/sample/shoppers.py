"""How shoppers ask for what the shop sells, in words of their own.

FOR MEASURING ONLY. Nothing but ``sample.judgments`` imports this module: a model, a codebook or a
speller that saw these words would make every figure on the sample shop worthless.

A line is ``query | type | constraints | words``. A constraint is ``name=value,value``, ``use=key``,
or ``!name`` for a fact that must be missing; ``words`` are those that stand in the text of no
relevant product.
"""

TYPES = """
cordless drill | cordless drill
drill driver | cordless drill
circular saw | circular saw
hammer | claw hammer
picture hooks | picture hanging kit
screwdriver set | screwdriver set
kitchen faucet | kitchen faucet | !room
bathroom faucet | kitchen faucet | room=bathroom
frying pan | frying pan
dutch oven | dutch oven
chef knife | chef's knife | !edge
bread knife | chef's knife | edge=serrated
cutting board | cutting board
food containers | food storage container
water bottle | water bottle
travel mug | travel mug
kettle | electric kettle
blender | blender | !type
stick blender | blender | type=immersion
toaster | toaster
toaster oven | toaster | style=convection
coffee maker | coffee maker
french press | coffee maker | type=press
espresso machine | coffee maker | type=espresso
robot vacuum | vacuum cleaner | type=robot
cordless vacuum | vacuum cleaner | type=stick
space heater | space heater
slow cooker | slow cooker
sofa | sofa
sofa bed | sofa | type=sleeper,futon
recliner | armchair | style=recliner
coffee table | coffee table
nightstand | nightstand
bookcase | bookcase
standing desk | desk | base=electric,crank
office chair | office chair
gaming chair | office chair | support=lumbar pillow
sheets | sheet set
memory foam pillow | bed pillow | fill=memory foam
blackout curtains | window curtains | opacity=blackout
runner rug | area rug | size=2 x 8 ft
cardigan | sweater | closure=buttons
running shoes | running shoes
hiking boots | hiking boots
stuffed animal | plush toy
jigsaw puzzles | jigsaw puzzle
noise cancelling headphones | headphones | noise=noise cancelling
power bank | power bank
mechanical keyboard | keyboard | switches=mechanical
lawn mower | lawn mower
soaker hose | garden hose | type=soaker
pellet grill | grill | fuel=wood pellets
yoga mat | yoga mat
dog bed | dog bed
puppy food | dry dog food | life_stage=puppy
fountain pen | ballpoint pen | nib=steel nib
headlamp | flashlight | wear=headband
trash bags | trash bags
"""

# Words for things that the shop calls otherwise.
SYNONYMS = """
couch | sofa | | couch
grey settee | sofa | color=gray | settee
velvet couch | sofa | material=velvet | couch
jumper | sweater | | jumper
mens wool pullover | sweater | gender=male; material=wool,merino wool | pullover
red jumper ladies size m | sweater | color=red; gender=female; size=M | jumper
trainers | sneakers, running shoes | | trainers
white trainers | sneakers | color=white | trainers
mens leather trainers | sneakers | gender=male; material=leather | trainers
wellies | rain boots | | wellies
kids wellingtons | rain boots | age_group=kids | wellingtons
spanner | adjustable wrench | | spanner
10 inch spanner | adjustable wrench | length=10 in | spanner
box cutter | utility knife | | cutter
kitchen tap | kitchen faucet | !room | tap
matt black mixer tap | kitchen faucet | finish=matte black | mixer tap
skillet | frying pan | | skillet
12 inch cast iron skillet | frying pan | size=12 in; material=cast iron | skillet
chopping board | cutting board | | chopping
casserole dish with lid | dutch oven | | casserole dish
plastic tubs with lids | food storage container | material=plastic | tubs
coffee tumbler | travel mug | | tumbler
drinks flask | water bottle | material=stainless steel | flask
liquidizer | blender | | liquidizer
hoover | vacuum cleaner | | hoover
hoover for pet hair | vacuum cleaner | use=pet-hair | hoover
bedside table | nightstand | | bedside
white bedside cabinet | nightstand | finish=white | bedside cabinet
bookshelf | bookcase | | bookshelf
armoire | wardrobe | | armoire
mirrored closet | wardrobe | mirror=full mirror | closet
duvet | comforter | | duvet
king size quilt | comforter | size=King | quilt
double bedsheets | sheet set | size=Full | double bedsheets
drapes | window curtains | | drapes
blackout drapes grey | window curtains | opacity=blackout; color=gray | drapes
carpet 5x8 | area rug | size=5 x 8 ft | carpet
mens trousers | chino pants | gender=male | trousers
linen trousers women | chino pants | gender=female; material=linen | trousers
dressing gown | bathrobe | | dressing gown
fleece dressing gown pink | bathrobe | material=fleece; color=pink | dressing gown
beanie | knit hat | | beanie
wool beanie grey | knit hat | material=wool,merino wool; color=gray | beanie
anorak | rain jacket | | anorak
frock with flowers | dress | pattern=floral | frock
tee | t-shirt | | tee
pushchair | stroller | | pushchair
double buggy | stroller | type=double | buggy
nappies size 4 | diapers | size=4 | nappies
baby cot | crib | | cot
baby dummy | pacifier | | dummy
teddy | plush toy | animal=bear | teddy
earphones | earbuds | | earphones
portable charger | power bank | | charger
usb stick 64gb | flash drive | capacity=64 GB | stick
computer screen 27 inch | monitor | diagonal=27 in | screen
secateurs | pruning shears | | secateurs
hosepipe | garden hose | | hosepipe
hosepipe 50 feet | garden hose | length=50 ft | hosepipe
flower pot 10 inch | planter | size=10 in | flower
parasol | patio umbrella | | parasol
barbecue | grill | | barbecue
gas bbq | grill | fuel=propane | bbq
rucksack | backpack | | rucksack
school rucksack for boys | backpack | use=school-bag | rucksack
cool box | cooler | | box
football | soccer ball | | football
football size 5 | soccer ball | size=5 | football
dog basket | dog bed | | basket
dog lead | dog leash | | lead
fish tank | aquarium | | tank
biro | ballpoint pen | !nib | biro
torch | flashlight | !wear | torch
rechargeable torch | flashlight | power=rechargeable; !wear | torch
fairy lights | string lights | | fairy
rubbish bin | trash can | | rubbish bin
kitchen dustbin with pedal | trash can | opening=step pedal | dustbin
bin liners | trash bags | | bin liners
washing powder | laundry detergent | | powder
laundry hamper | laundry basket | | hamper
clothes airer | drying rack | | airer
"""

# query | use | types, where other types serve the use in another way
USES = """
something to hang pictures | hang-pictures
hang picture without drilling | no-drill
put together flat pack furniture | furniture-assembly
drill into brick wall | drill-masonry
open parcels knife | open-parcels
fix laptop screws | fix-electronics
pan for steak | sear-steak
non stick pan for eggs | fry-eggs
pot for baking bread | bake-bread
take lunch to work | reheat-lunch
keep drinks cold all day | keep-drinks-cold
bottle for school kids | school-drink
coffee hot on commute | keep-coffee-hot
smoothies for one | single-drinks
make cappuccino at home | latte
vacuum for dog hair | pet-hair
clean car interior | car-interior
heat cold garage | warm-garage
seat for reading corner | reading-corner
couch for overnight guests | overnight-guests
chair for back pain | back-pain
desk stand up work | work-standing
store toys kids room | store-toys
blanket for hot sleepers | hot-sleeper | comforter
pillow for neck pain | neck-pain
side sleeper pillow | side-sleeper
curtains to darken room | darken-bedroom
rug for hallway | hallway-floor
clothes for gym | workout-wear
outfit for wedding guest | formal-event
hike in the rain | hike-in-rain
shoes for standing all day | stand-all-day
marathon training shoes | marathon
jump in puddles | splash-puddles
stroller for jogging | run-with-baby
baby teething | teething
toys for toddlers | toddler-play
block out noise on plane | block-noise
headset for video calls | video-calls
speaker for pool party | pool-party
charge phone on the go | phone-on-the-go
play games pc setup | gaming-setup
wrist pain typing | wrist-pain
water the vegetable beds slowly | water-beds
trim roses | prune-roses
grow tomatoes on patio | grow-vegetables
grill on apartment balcony | balcony-cooking
family camping trip | family-camping
light gear for backpacking | light-trek
laptop bag for commuting | commute-laptop
travel bag cabin luggage | carry-on-travel
exercise at home weights | home-gym
old dog joint pain | old-dog-joints
cat stop scratching sofa | stop-scratching-furniture
power cut light | power-outage
light up the patio | light-patio
sort recycling | sort-recycling
dry clothes inside | dry-clothes-indoors
"""

# query | type | the quantity as the shop keeps it
UNITS = """
half liter water bottle | water bottle | capacity=500 ml
500ml bottle | water bottle | capacity=500 ml
1 litre insulated bottle | water bottle | capacity=1 L
17 oz stainless steel bottle | water bottle | capacity=500 ml; material=stainless steel
kids bottle 12oz | water bottle | capacity=350 ml; age_group=kids
18 volt drill | cordless drill | voltage=18 V
12v drill driver | cordless drill | voltage=12 V
cordless drill 20 volts 4ah | cordless drill | voltage=20 V; battery=4 Ah
1 lb hammer | claw hammer | weight=16 oz
20 ounce hammer | claw hammer | weight=20 oz
twelve inch frying pan | frying pan | size=12 in
25 cm frying pan | frying pan | size=10 in
20 cm chef knife | chef's knife | blade=8 in
5 quart dutch oven | dutch oven | capacity=5 qt
1.7 liter kettle | electric kettle | capacity=1.7 L
6qt slow cooker | slow cooker | capacity=6 qt
1500 watt heater | space heater | power=1500 W
1.5kw space heater | space heater | power=1500 W
four slice toaster | toaster | slots=4 slice
rug 5 by 8 feet | area rug | size=5 x 8 ft
8x10 wool rug | area rug | size=8 x 10 ft; material=wool
half inch garden hose | garden hose | diameter=1/2 in
100 foot hose | garden hose | length=100 ft
15m garden hose | garden hose | length=50 ft
10k mah power bank | power bank | capacity=10000 mAh
20 000 mah power bank | power bank | capacity=20000 mAh
1tb portable ssd | flash drive | capacity=1000 GB
27in monitor | monitor | diagonal=27 in
6 foot usb c to usb c | usb cable | length=6 ft; connector=USB-C to USB-C
4 man tent | tent | sleeps=4 person
two person tent | tent | sleeps=2 person
9kg dumbbell | dumbbell | weight=20 lb
10 pound dumbbells | dumbbell | weight=10 lb
6mm yoga mat | yoga mat | thickness=6 mm
30 pound bag dog food | dry dog food | weight=30 lb
10 gallon aquarium | aquarium | capacity=10 gal
13 gallon trash can | trash can | capacity=13 gal
1000 piece puzzle | jigsaw puzzle | pieces=1000 piece
800 lumen bulb | led bulb | brightness=800 lm
75 l laundry basket | laundry basket | capacity=75 L
"""

# type | pattern of attributes, filled from a product of the shop
ASKS = """
cordless drill | {voltage} cordless drill {kit}
cordless drill | {motor} drill {voltage}
circular saw | {power} circular saw {blade}
adjustable wrench | {finish} adjustable wrench {length}
claw hammer | {weight} hammer {handle} handle
utility knife | {color} utility knife {body}
screwdriver set | {pieces} screwdriver set {case}
kitchen faucet | {finish} {spray} faucet
frying pan | {size} {material} frying pan
frying pan | induction ready {material} pan | stove=induction ready
dutch oven | {color} dutch oven {capacity}
chef's knife | {blade} knife {steel} {handle}
cutting board | large {material} cutting board {groove}
food storage container | {material} food containers {lid}
water bottle | {color} water bottle {capacity}
water bottle | {material} bottle {lid} {capacity}
travel mug | {color} travel mug {material}
electric kettle | {color} {material} kettle
blender | blender {power} {jar}
toaster | {color} toaster {slots}
coffee maker | {timer} coffee maker {capacity}
vacuum cleaner | {type} vacuum with {filter}
space heater | {type} heater {control}
slow cooker | {capacity} slow cooker {control}
sofa | {color} {material} sofa
sofa | {seats} seater sofa {color}
armchair | {color} {material} armchair
armchair | {style} armchair {color}
coffee table | {shape} {material} coffee table
nightstand | {finish} nightstand {storage}
bookcase | {finish} bookcase {shelves}
wardrobe | {finish} wardrobe {doors}
desk | {width} desk {finish}
office chair | {material} office chair {color}
office chair | {back} office chair {material}
comforter | {size} {fill} comforter
comforter | {color} comforter {size}
sheet set | {material} sheets {size}
sheet set | {size} {color} sheet set
bed pillow | {firmness} {fill} pillow {size}
bath towel | {color} {material} bath towel
shower curtain | {pattern} shower curtain {color}
window curtains | {color} {opacity} curtains
area rug | {pattern} rug {size}
area rug | {color} {material} rug
sweater | {color} {material} sweater size {size}
sweater | {gender} {neck} sweater {color}
sweater | {material} {neck} sweater {gender} {size}
t-shirt | {gender} {color} t-shirt {size}
t-shirt | {sleeve} {material} t shirt {gender}
chino pants | {gender} {fit} pants {color}
rain jacket | {gender} {protection} jacket {color}
kids' rain jacket | kids rain jacket {color} {size}
dress | {color} {pattern} dress {length}
dress | {length} {material} dress {size}
bathrobe | {gender} {material} robe
knit hat | {color} {style} knit hat
sneakers | {gender} {color} sneakers size {size}
sneakers | {material} sneakers {color}
running shoes | {gender} {surface} running shoes {size}
hiking boots | {gender} {protection} hiking boots size {size}
rain boots | {height} rain boots {color}
slippers | {gender} {material} slippers
stroller | {type} stroller {color}
diapers | diapers size {size} {skin}
crib | {finish} {type} crib
plush toy | {color} {animal} plush
building blocks | {material} building blocks {age}
headphones | {connection} {style} headphones {color}
earbuds | {color} {connection} earbuds
bluetooth speaker | {protection} bluetooth speaker {color}
power bank | {color} power bank {capacity}
usb cable | {connector} cable {length}
monitor | {diagonal} {resolution} monitor
keyboard | {switches} keyboard {layout}
lawn mower | {type} lawn mower {width}
garden hose | {length} hose {fittings}
planter | {material} planter {size}
patio umbrella | {size} patio umbrella {color}
backpack | {color} backpack {capacity}
yoga mat | {color} yoga mat {thickness}
dumbbell | {weight} {coating} dumbbells
bike helmet | {style} bike helmet {size}
dog bed | {shape} dog bed {size}
dry dog food | {flavor} dog food {life_stage}
notebook | {size} notebook {ruling}
led bulb | {tone} led bulb {pack}
floor lamp | {finish} {style} floor lamp
string lights | {tone} string lights {power}
trash can | {material} trash can {capacity}
laundry detergent | {scent} laundry {form}
"""

# type | the noun beside a brand
BRAND_ASKS = """
cordless drill | {brand} drill
cordless drill | {brand} drill {voltage}
claw hammer | {brand} hammer
screwdriver set | {brand} screwdrivers
frying pan | {brand} frying pan
chef's knife | {brand} knife
water bottle | {brand} water bottle
water bottle | {brand} bottle {color}
electric kettle | {brand} kettle
vacuum cleaner | vacuum {brand}
coffee maker | {brand} coffee machine
sofa | {brand} sofa
sofa | {brand} {color} sofa
desk | {brand} desk
bookcase | {brand} bookcase
comforter | {brand} comforter
sheet set | {brand} sheets {size}
bath towel | {brand} towels
sweater | {brand} sweater
sweater | {brand} {material} sweater
rain jacket | {brand} rain jacket
rain jacket | {brand} jacket {gender}
sneakers | {brand} sneakers
running shoes | {brand} running shoes
hiking boots | {brand} hiking boots
stroller | {brand} stroller
plush toy | {brand} plush
headphones | {brand} headphones
headphones | headphones {brand} {color}
earbuds | {brand} earbuds
power bank | {brand} power bank
lawn mower | {brand} mower
pruning shears | {brand} pruners
tent | {brand} tent
backpack | {brand} backpack
backpack | {brand} {color} backpack
dumbbell | {brand} dumbbells
dog bed | {brand} dog bed
notebook | {brand} notebook
trash can | {brand} trash can
"""

# What fingers do: wrong | right
TYPOS = """
cordles | cordless
srewdriver | screwdriver
hamer | hammer
faucett | faucet
wrentch | wrench
stainles | stainless
fryng | frying
ketle | kettle
blendr | blender
toster | toaster
vaccum | vacuum
vacum | vacuum
cofee | coffee
heatr | heater
matress | mattress
sofaa | sofa
armchiar | armchair
nightsand | nightstand
bookcse | bookcase
wardobe | wardrobe
ofice | office
conforter | comforter
pilow | pillow
sheeet | sheet
curtians | curtains
towl | towel
sweter | sweater
sweatter | sweater
jaket | jacket
waterprof | waterproof
dres | dress
sneekers | sneakers
runing | running
hikng | hiking
slipers | slippers
stroler | stroller
daipers | diapers
puzle | puzzle
headphnes | headphones
hedphones | headphones
wireles | wireless
bluetoth | bluetooth
keybord | keyboard
moniter | monitor
lawnmowr | mower
umbrela | umbrella
bakcpack | backpack
backpak | backpack
dumbells | dumbbells
helmt | helmet
alluminum | aluminum
notbook | notebook
detergant | detergent
levender | lavender
burgandy | burgundy
bottel | bottle
merion | merino
velvt | velvet
lether | leather
northpyke | northpike
soundrey | soundry
calderey | calderay
larkhavn | larkhaven
torvain | torvane
brushles | brushless
robt | robot
containrs | containers
chare | chair
tabel | table
planer | planter
"""

UNSOLD = """
birthday cake
iphone 15
car tires
guitar strings
wedding ring
chainsaw chain
acoustic guitar
sewing machine
ski goggles
motor oil 5w30
prescription glasses
fresh bananas
violin bow
swimming pool chlorine
concert tickets
snow chains
fishing rod
contact lenses
"""
