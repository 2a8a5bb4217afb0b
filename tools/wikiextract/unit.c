/* unit.c -- see unit.h.  Factors are the exact definitions where there is one (NIST SP 811). */
#include "tools/wikiextract/unit.h"

static const struct unit units[] = {
    /* length, metres */
    { "km", "kilometre", "kilometres", "km", 1000, 0, 'l', "mi" },
    { "m", "metre", "metres", "m", 1, 0, 'l', "ft" },
    { "cm", "centimetre", "centimetres", "cm", 0.01, 0, 'l', "in" },
    { "mm", "millimetre", "millimetres", "mm", 0.001, 0, 'l', "in" },
    { "um|μm|µm", "micrometre", "micrometres", "μm", 1e-6, 0, 'l', "in" },
    { "nm", "nanometre", "nanometres", "nm", 1e-9, 0, 'l', "in" },
    { "dm", "decimetre", "decimetres", "dm", 0.1, 0, 'l', "in" },
    { "mi|mile|miles", "mile", "miles", "mi", 1609.344, 0, 'l', "km" },
    { "ft|foot|feet|'", "foot", "feet", "ft", 0.3048, 0, 'l', "m" },
    { "in|inch|inches|\"", "inch", "inches", "in", 0.0254, 0, 'l', "mm" },
    { "yd|yard|yards", "yard", "yards", "yd", 0.9144, 0, 'l', "m" },
    { "nmi", "nautical mile", "nautical miles", "nmi", 1852, 0, 'l', "km mi" },
    { "fathom|fathoms", "fathom", "fathoms", "fathom", 1.8288, 0, 'l', "ft m" },
    { "furlong|furlongs", "furlong", "furlongs", "furlongs", 201.168, 0, 'l', "ft m" },
    { "chain", "chain", "chains", "chains", 20.1168, 0, 'l', "ft m" },
    { "rod", "rod", "rods", "rods", 5.0292, 0, 'l', "ft m" },
    { "au", "astronomical unit", "astronomical units", "au", 149597870700.0, 0, 'l', "km mi" },
    { "ly", "light-year", "light-years", "ly", 9460730472580800.0, 0, 'l', "km" },
    { "pc", "parsec", "parsecs", "pc", 3.0856775814913673e16, 0, 'l', "ly" },
    /* area, square metres */
    { "km2|sqkm|km²", "square kilometre", "square kilometres", "km²", 1e6, 0, 'a', "sqmi" },
    { "m2|sqm|m²", "square metre", "square metres", "m²", 1, 0, 'a', "sqft" },
    { "cm2|sqcm|cm²", "square centimetre", "square centimetres", "cm²", 1e-4, 0, 'a', "sqin" },
    { "mm2|mm²", "square millimetre", "square millimetres", "mm²", 1e-6, 0, 'a', "sqin" },
    { "ha|hectare|hectares", "hectare", "hectares", "ha", 1e4, 0, 'a', "acre" },
    { "sqmi|mi2|sq mi", "square mile", "square miles", "sq mi", 2589988.110336, 0, 'a', "km2" },
    { "sqft|ft2|sq ft", "square foot", "square feet", "sq ft", 0.09290304, 0, 'a', "m2" },
    { "sqyd|yd2", "square yard", "square yards", "sq yd", 0.83612736, 0, 'a', "m2" },
    { "sqin|in2", "square inch", "square inches", "sq in", 0.00064516, 0, 'a', "cm2" },
    { "acre|acres", "acre", "acres", "acres", 4046.8564224, 0, 'a', "ha" },
    /* volume, cubic metres */
    { "km3", "cubic kilometre", "cubic kilometres", "km³", 1e9, 0, 'v', "cumi" },
    { "m3|m³", "cubic metre", "cubic metres", "m³", 1, 0, 'v', "cuft" },
    { "cm3|cc", "cubic centimetre", "cubic centimetres", "cm³", 1e-6, 0, 'v', "cuin" },
    { "l", "litre", "litres", "L", 1e-3, 0, 'v', "impgal usgal" },
    { "ml", "millilitre", "millilitres", "mL", 1e-6, 0, 'v', "impoz usoz" },
    { "cl", "centilitre", "centilitres", "cL", 1e-5, 0, 'v', "impoz usoz" },
    { "hl", "hectolitre", "hectolitres", "hL", 0.1, 0, 'v', "impgal usgal" },
    { "cumi", "cubic mile", "cubic miles", "cu mi", 4168181825.440579584, 0, 'v', "km3" },
    { "cuft|ft3", "cubic foot", "cubic feet", "cu ft", 0.028316846592, 0, 'v', "m3" },
    { "cuyd|yd3", "cubic yard", "cubic yards", "cu yd", 0.764554857984, 0, 'v', "m3" },
    { "cuin|in3", "cubic inch", "cubic inches", "cu in", 1.6387064e-5, 0, 'v', "cm3" },
    { "acre.ft|acre·ft|acft", "acre-foot", "acre-feet", "acre⋅ft", 1233.48183754752, 0, 'v', "m3" },
    { "usgal|us gal|gal|u.s.gal", "US gallon", "US gallons", "US gal", 0.003785411784, 0, 'v',
        "l impgal" },
    { "impgal|imp gal", "imperial gallon", "imperial gallons", "imp gal", 0.00454609, 0, 'v',
        "l usgal" },
    { "usqt|qt", "US quart", "US quarts", "US qt", 0.000946352946, 0, 'v', "l" },
    { "uspt", "US pint", "US pints", "US pt", 0.000473176473, 0, 'v', "l" },
    { "imppt", "imperial pint", "imperial pints", "imp pt", 0.00056826125, 0, 'v', "l" },
    { "usoz|usfloz", "US fluid ounce", "US fluid ounces", "US fl oz", 2.95735295625e-5, 0, 'v',
        "ml" },
    { "impoz|impfloz", "imperial fluid ounce", "imperial fluid ounces", "imp fl oz", 2.84130625e-5,
        0, 'v', "ml" },
    { "bbl|oilbbl", "barrel", "barrels", "bbl", 0.158987294928, 0, 'v', "m3" },
    { "usbu|bu", "US bushel", "US bushels", "US bsh", 0.03523907016688, 0, 'v', "l" },
    /* mass, kilograms */
    { "kg", "kilogram", "kilograms", "kg", 1, 0, 'm', "lb" },
    { "g", "gram", "grams", "g", 1e-3, 0, 'm', "oz" },
    { "mg", "milligram", "milligrams", "mg", 1e-6, 0, 'm', "gr" },
    { "t|tonne|tonnes|mt", "tonne", "tonnes", "t", 1000, 0, 'm', "long ton;short ton" },
    { "lb|lbs|pound|pounds", "pound", "pounds", "lb", 0.45359237, 0, 'm', "kg" },
    { "oz", "ounce", "ounces", "oz", 0.028349523125, 0, 'm', "g" },
    { "ozt", "troy ounce", "troy ounces", "ozt", 0.0311034768, 0, 'm', "oz g" },
    { "gr", "grain", "grains", "gr", 6.479891e-5, 0, 'm', "mg" },
    { "st", "stone", "stone", "st", 6.35029318, 0, 'm', "lb kg" },
    { "lt|long ton", "long ton", "long tons", "long tons", 1016.0469088, 0, 'm', "t" },
    { "st.|short ton|ston|us ton|ton", "short ton", "short tons", "short tons", 907.18474, 0, 'm',
        "t" },
    { "cwt|long cwt", "long hundredweight", "long hundredweight", "cwt", 50.80234544, 0, 'm',
        "kg" },
    { "carat", "carat", "carats", "carats", 2e-4, 0, 'm', "g" },
    /* speed, metres a second */
    { "km/h|kph|kmh", "kilometre per hour", "kilometres per hour", "km/h", 1.0 / 3.6, 0, 's',
        "mph" },
    { "m/s", "metre per second", "metres per second", "m/s", 1, 0, 's', "ft/s" },
    { "km/s", "kilometre per second", "kilometres per second", "km/s", 1000, 0, 's', "mi/s" },
    { "mph|mi/h", "mile per hour", "miles per hour", "mph", 0.44704, 0, 's', "km/h" },
    { "mi/s", "mile per second", "miles per second", "mi/s", 1609.344, 0, 's', "km/s" },
    { "ft/s|fps", "foot per second", "feet per second", "ft/s", 0.3048, 0, 's', "m/s" },
    { "ft/min", "foot per minute", "feet per minute", "ft/min", 0.00508, 0, 's', "m/min" },
    { "m/min", "metre per minute", "metres per minute", "m/min", 1.0 / 60, 0, 's', "ft/min" },
    { "kn|knot|knots", "knot", "knots", "kn", 1852.0 / 3600, 0, 's', "km/h mph" },
    /* temperature, kelvins */
    { "c|°c|degc", "degree Celsius", "degrees Celsius", "°C", 1, 273.15, 't', "f" },
    { "f|°f|degf", "degree Fahrenheit", "degrees Fahrenheit", "°F", 5.0 / 9, 273.15 - 32 * 5.0 / 9,
        't', "c" },
    { "k|°k", "kelvin", "kelvins", "K", 1, 0, 't', "c f" },
    { "r|°r", "degree Rankine", "degrees Rankine", "°R", 5.0 / 9, 0, 't', "k f c" },
    { "c-change", "degree Celsius", "degrees Celsius", "°C", 1, 0, 'd', "f-change" },
    { "f-change", "degree Fahrenheit", "degrees Fahrenheit", "°F", 5.0 / 9, 0, 'd', "c-change" },
    /* power, energy, force, pressure, torque: watts, joules, newtons, pascals, newton metres */
    { "w", "watt", "watts", "W", 1, 0, 'p', "hp" },
    { "kw", "kilowatt", "kilowatts", "kW", 1e3, 0, 'p', "hp" },
    { "mw", "megawatt", "megawatts", "MW", 1e6, 0, 'p', "hp" },
    { "hp|bhp|shp", "horsepower", "horsepower", "hp", 745.69987158227022, 0, 'p', "kw" },
    { "ps|cv", "metric horsepower", "metric horsepower", "PS", 735.49875, 0, 'p', "kw hp" },
    { "j", "joule", "joules", "J", 1, 0, 'e', "cal" },
    { "kj", "kilojoule", "kilojoules", "kJ", 1e3, 0, 'e', "kcal" },
    { "mj", "megajoule", "megajoules", "MJ", 1e6, 0, 'e', "kwh" },
    { "cal", "calorie", "calories", "cal", 4.184, 0, 'e', "j" },
    { "kcal", "kilocalorie", "kilocalories", "kcal", 4184, 0, 'e', "kj" },
    { "kwh|kw.h|kw·h", "kilowatt-hour", "kilowatt-hours", "kWh", 3.6e6, 0, 'e', "mj" },
    { "btu", "British thermal unit", "British thermal units", "BTU", 1055.05585262, 0, 'e', "kj" },
    { "n", "newton", "newtons", "N", 1, 0, 'f', "lbf" },
    { "kn.", "kilonewton", "kilonewtons", "kN", 1e3, 0, 'f', "lbf" },
    { "lbf", "pound-force", "pounds-force", "lbf", 4.4482216152605, 0, 'f', "n" },
    { "pa", "pascal", "pascals", "Pa", 1, 0, 'q', "psi" },
    { "kpa", "kilopascal", "kilopascals", "kPa", 1e3, 0, 'q', "psi" },
    { "mpa", "megapascal", "megapascals", "MPa", 1e6, 0, 'q', "psi" },
    { "psi", "pound per square inch", "pounds per square inch", "psi", 6894.757293168361, 0, 'q',
        "kpa" },
    { "bar", "bar", "bars", "bar", 1e5, 0, 'q', "kpa" },
    { "mbar|hpa", "millibar", "millibars", "mbar", 100, 0, 'q', "inhg" },
    { "inhg", "inch of mercury", "inches of mercury", "inHg", 3386.388640341, 0, 'q', "kpa" },
    { "atm", "standard atmosphere", "standard atmospheres", "atm", 101325, 0, 'q', "kpa" },
    { "nm.|n·m|n.m", "newton-metre", "newton-metres", "N⋅m", 1, 0, 'n', "lbft" },
    { "lbft|lb.ft|lb·ft|lbf.ft|ft.lbf", "pound-foot", "pound-feet", "lb⋅ft", 1.3558179483314004, 0,
        'n', "n·m" },
    /* by area, by volume, by distance, flow */
    { "/km2|pd/km2|pd/sqkm", "per square kilometre", "per square kilometre", "/km²", 1, 0, 'y',
        "/sqmi" },
    { "/sqmi|pd/sqmi", "per square mile", "per square mile", "/sq mi", 1 / 2.589988110336, 0, 'y',
        "/km2" },
    { "kg/m3", "kilogram per cubic metre", "kilograms per cubic metre", "kg/m³", 1, 0, 'w',
        "lb/cuft" },
    { "g/cm3", "gram per cubic centimetre", "grams per cubic centimetre", "g/cm³", 1000, 0, 'w',
        "lb/cuin" },
    { "lb/cuft|lb/ft3", "pound per cubic foot", "pounds per cubic foot", "lb/cu ft",
        16.018463373960142, 0, 'w', "kg/m3" },
    { "lb/cuin|lb/in3", "pound per cubic inch", "pounds per cubic inch", "lb/cu in",
        27679.904710203125, 0, 'w', "g/cm3" },
    { "m3/s", "cubic metre per second", "cubic metres per second", "m³/s", 1, 0, 'z', "cuft/s" },
    { "cuft/s|ft3/s", "cubic foot per second", "cubic feet per second", "cu ft/s", 0.028316846592,
        0, 'z', "m3/s" },
};

const struct unit *
unit_find(struct span code)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        for (const char *name = units[i].codes; *name != '\0';) {
            size_t len = strcspn(name, "|"), same = 0;

            while (same < len && same < code.len
                && (name[same] == ascii_lower(code.at[same]) || name[same] == code.at[same]))
                same++;
            if (same == len && len == code.len)
                return &units[i];
            name += len + (name[len] == '|');
        }
    }
    return NULL;
}
