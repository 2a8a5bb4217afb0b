/* template_table.c -- what each template gives; see template.h.
 *
 * A row: names (in lower case, '|' between), function, argument number, text before and after.
 * Without a function a template bears no text, or none that is prose, and goes in silence.
 * Names of several languages stand together where they mean the same; each stands in one row only:
 * a second one is found when the program starts. */
#include "tools/wikiextract/give.h"

const struct template_row template_rows[] = {
    /* ---- characters and spaces ---- */
    { "nbsp|space|spaces|thinsp|thin space|hair space|hairsp|0|esd|nbs|figure space|ensp|emsp|"
      "sp|pad|gap",
        give_const, 0, " ", NULL },
    { "ndash|en dash|endash|–|nowrap begin dash", give_const, 0, "–", NULL },
    { "spaced ndash|snd|spnd|snds|spndsp|spaced en dash|ndashsp|dash|spaced en dash space|sndash",
        give_const, 0, " – ", NULL },
    { "mdash|em dash|emdash|—|mdashb", give_const, 0, "—", NULL },
    { "spaced mdash|smdash|spaced em dash", give_const, 0, " — ", NULL },
    { "!|pipe", give_const, 0, "|", NULL },
    { "=", give_const, 0, "=", NULL },
    { "'|-'|`|apostrophe|okina|ʻ", give_const, 0, "'", NULL },
    { "'s|'s-", give_const, 0, "'s", NULL },
    { "' \"|'\"", give_const, 0, "'\"", NULL },
    { "\" '|\"'", give_const, 0, "\"'", NULL },
    { "-\"", give_const, 0, "\"", NULL },
    { "·|•|dot|bullet|middot|interpunct|\\", give_const, 0, " · ", NULL },
    { "((|(", give_const, 0, "{", NULL },
    { "))|)", give_const, 0, "}", NULL },
    { "minus", give_const, 0, "−", NULL },
    { "times|x", give_const, 0, "×", NULL },
    { "eqm", give_const, 0, "⇌", NULL },
    { "lord|lorddivine", give_const, 0, "LORD", NULL },
    { "god|goddivine", give_const, 0, "GOD", NULL },
    { "etc.|etc", give_const, 0, "...", NULL },
    { "ellipsis|...|…|points de suspension", give_const, 0, "...", NULL },
    { "euro|€", give_arg, 1, "€", NULL },
    { "dagger|†", give_const, 0, "†", NULL },
    { "degree|deg", give_const, 0, "°", NULL },
    { "ayin|ayn", give_const, 0, "ʿ", NULL },
    { "hamza|alef", give_const, 0, "ʾ", NULL },
    { "ell", give_const, 0, "ℓ", NULL },
    { "schwa", give_const, 0, "ə", NULL },
    { "colon", give_const, 0, ":", NULL },
    { "bce|bc", give_arg, 1, NULL, " BCE" },
    { "ce", give_arg, 1, NULL, " CE" },
    { "ad", give_arg, 1, "AD ", NULL },
    { ",|,-", NULL, 0, NULL, NULL },

    /* ---- text in another form ---- */
    { "nowrap|iast|vr|indent|いつ範囲|誰範囲|下げ核|ul|nobr|nobreak|j|small|smaller|resize|big|larger|"
      "large|huge|abbr|abbrv|tooltip|hover|sub|unicode|polytonic|nastaliq|naskh|greek|hebrew|"
      "music notation|smallcaps|sc|sc2|smallcaps all|allcaps|lc|nobold|noitalic|nobold1|normal|"
      "noitalics|overline|underline|u|uline|strikethrough|strike|bold|italics|strong|em|var|"
      "mvar|mono|tt|code|samp|kbd|kbd1|mathit|math|big math|xt|center|centre|left|right|"
      "larger text|keep together|no wrap|midsize|citation needed span|fact span|dubious span|"
      "clarify span|according to whom span|要出典範囲|inline-block|visible anchor|vanchor|visanc|"
      "anchored|linktext inline|pron|respell1|flag|flagcountry|flagu|flag+link|flagcountry2|"
      "flag2|flaglink|flagathlete|flagpol|noflag|nf|flagdeco text|keypress1|button|key top|w|wp|"
      "wikipedia link|link|lk|subst:w|translit|transliteration of|starnom|仮リンク|ill2|en-link|"
      "link-en|interlink|le|iw|нп|нп1|нп2|нп3|нп4|translation link|ilm|comment|comment2|"
      "подсказка|абревиатура|число|num|nobr1|nobreak1|s-text|lang-en-short2|native|chem2|chemf|"
      "simplenuclide|element cell|oldstyle|oldfont|souverain2|souverain|souverain-|unité/2|"
      "page needed text|title|lowercase title text|blue|red|green|ushort|nowrap1|lsh|rsh|"
      "bracket|versalita|maiuscoletto|citation span|sfrac1|not a typo|notatypo|as written|"
      "proper name|bibl text|poemquote text|span|font|bigger|visually hidden|hidden text|"
      "hebrew name text|mongolunicode|gbmapping|cjkv text|kanji|rubi|phon|audio|listen inline|"
      "zitat-de|enquote|en|de|vol text|ws|s2|wikt-lang text", give_arg, 1, NULL, NULL },
    { "fontsize|font size|size|color|colour|font color|font colour|fontcolor|background color|"
      "background colour|bg|bgcolor|highlight|fgcolor|colored link|coloredlink|color link|"
      "colorbox text|stylize|farbe|colore", give_last, 0, NULL, NULL },
    { "lang|langue|rtl-lang|rtl-para|script|native name|native phrase|langwithname|llang|lang-x|"
      "wikt-lang|language text|bo-textonly|lengua", phrase_lang, 0, NULL, NULL },
    { "transl|transliteration|xlit|tlit|translate|transl1|arabic transliteration", give_last,
        0, NULL, NULL },
    { "quote|blockquote|quotation|cquote|rquote|bquote|quote box2|poemquote|poem quote|"
      "quotetext|verse translation|zitat|cita|citazione|citação|cytat|цитата|citace|citaat|引用|"
      "quote frame|centered pull quote|long quotation|verse|début citation|citation bloc|"
      "bloc citation", give_arg, 1, "\n", "\n" },
    { "\"|“|quote inline", give_arg, 1, "„", "“" },
    { "ilq|インライン引用", give_arg, 1, "「", "」" },
    { "\"'s|single+double", give_arg, 1, "'\"", NULL },
    { "angle bracket|angbr|angbr ipa|anglebracket|grapheme|abr|bracket angle|angbracket", give_arg,
        1, "⟨", "⟩" },
    { "brackets|square bracket|sqbr|bracket1", give_arg, 1, "[", "]" },
    { "braces|curly bracket|curly brackets", give_arg, 1, "{", "}" },
    { "open-closed", give_arg, 1, "(", "]" },
    { "closed-open", give_arg, 1, "[", ")" },
    { "open-open", give_arg, 1, "(", ")" },
    { "closed-closed", give_arg, 1, "[", "]" },
    { "nq|cl-span|dp|no col break", give_arg, 1, NULL, NULL },
    { "interlang", give_last, 0, NULL, NULL },
    { "abs|mabs", give_arg, 1, "|", "|" },
    { "sup|superscript|exp|exposant", phrase_sup, 1, NULL, NULL },
    { "e|esp|e notation|exponent", phrase_power, 1, "×10", NULL },
    { "10^|10power|pow10", phrase_power, 1, "10", NULL },
    { "su|subsup|supsub", give_last, 0, NULL, NULL },
    { "sqrt|radic|root", give_arg, 1, "√", NULL },
    { "ruby|ruby-ja|ルビ|読み仮名|読み仮名 ruby不使用|furigana|yomi", give_pair, 0, "（", "）" },
    { "sic|typo", phrase_sic, 0, NULL, NULL },
    { "incise|tiret", give_arg, 1, "– ", " –" },
    { "hlist|ubl|unbulleted list|flatlist|plainlist|ubli|ublist|vunblist|unbulleted|"
      "comma separated entries|cslist|flat list|plain list|bulleted list|ordered list|blist|"
      "olist|list|nblist|collapsible list|liste simple|liste horizontale|列表", give_join, 1, ", ",
          NULL },
    { "respell|pronunciation respelling|spell-nv", give_join, 1, "-", NULL },
    { "linktext|chem|che|chem/link|nuclide1|linktext1|concat|zhh", give_join, 1, "", NULL },
    { "keypress|key press|key|touches|touche", give_join, 1, "+", NULL },
    { "sortname|sort name|nom2", give_pair, 0, " ", NULL },
    { "sort|hs2|sorthide|tri|sortiere", give_second, 0, NULL, NULL },
    { "simplenuclide2|simplenuclide1|nuclide link", give_pair, 0, "-", NULL },
    { "langnf|lang-nf", give_second, 0, NULL, NULL },

    /* ---- languages and pronunciation ---- */
    { "ipa|api|ipa-all|msapi|ipa2", phrase_ipa, 0, NULL, NULL },
    { "ipac-en|ipac|ipaeng", phrase_ipac, 0, NULL, NULL },
    { "ipalink|ipa link|ipaplink|ipa-link|ipa1|lautschrift|pronúncia|afi", give_arg, 1, NULL,
        NULL },
    { "ipablink|ipa blink|ipabl", give_arg, 1, "[", "]" },
    { "ipaslink|ipa slink|ipasl", give_arg, 1, "/", "/" },
    { "nihongo|nihongo2|nihongo krt|japanese", phrase_nihongo, 0, NULL, NULL },
    { "nihongo3|nihongo4|nihongo core|nihongo title", phrase_nihongo, 3, NULL, NULL },
    { "zh|zh-full|chinese|cnname|lang-zh|zhi", phrase_zh, 0, NULL, NULL },
    { "korean|ko-hhrm|ko-hhr|vie|lang-vi1", give_join, 1, "; ", NULL },
    { "pie|proto|recon|reconstructed", give_last, 0, "*", NULL },
    { "ill|interlanguage link|interlanguage link multi|link-interwiki|iwlink|red wikidata link|"
      "illm|ill-wd",
        phrase_ill, 0, NULL, NULL },
    { "нп5|нп6|не переведено|не переведено 2|не переведено 3|не переведено 5|tsl|translink|tlink",
        give_second, 0, NULL, NULL },
    { "lien|wl-lang", phrase_lien, 0, NULL, NULL },
    { "music|musique|musical symbol", phrase_music, 0, NULL, NULL },
    { "ألمانية|آلمانی|alm|deu|germ|գերմ", give_arg, 1, NULL, NULL },
    { "إنجليزية|انگلیسی|ing|eng|אנגלית|גרמנית|fra|fre|rus|lat|latin|latein|grc|ens|des|frs|its|"
      "ess|rus1|grcs|las",
        give_arg, 1, NULL, NULL },

    /* ---- numbers ---- */
    { "convert|cnv|convert/spell|convert1|konvertieren|conversion", convert_give, 0, NULL, NULL },
    { "cvt|convertabbr|cvert", convert_give, 1, NULL, NULL },
    { "frac|fraction|sfrac|fract|sfraction|frak|bruch|tfrac|sfr|asf|mfrac", number_frac, 0, NULL,
        NULL },
    { "val|value|m1", number_val, 0, NULL, NULL },
    { "gaps|gapnum|nts|ntsh|number table sorting|num1|formatnum|formnum|nombre1|nrtext|"
      "format price|formatprice",
        number_format, 1, NULL, NULL },
    { "ordinal|ordinaltostr|ordinal suffix|nth|ord", number_ordinal, 0, NULL, NULL },
    { "height|hauteur", number_height, 0, NULL, NULL },
    { "us$|usd|us dollar|usdollar", give_arg, 1, "US$", NULL },
    { "a$|aud|au$", give_arg, 1, "A$", NULL },
    { "c$|cad|can$", give_arg, 1, "C$", NULL },
    { "nz$|nzd", give_arg, 1, "NZ$", NULL },
    { "hk$|hkd|hong kong dollar", give_arg, 1, "HK$", NULL },
    { "£|gbp|pound sterling|uk£|pound", give_arg, 1, "£", NULL },
    { "¥|jpy|jp¥|yen|cny|rmb|cn¥", give_arg, 1, "¥", NULL },
    { "eur", give_arg, 1, "€", NULL },
    { "inr|indian rupee|rs|indian rupees|₹|rp1|pkr1", give_arg, 1, "₹", NULL },
    { "krw|₩", give_arg, 1, "₩", NULL },
    { "php|₱|philippine peso", give_arg, 1, "₱", NULL },
    { "ruble|₽|rub", give_arg, 1, "₽", NULL },
    { "currency|cur", give_arg, 1, "$", NULL },
    { "tmp|unité|unidad|unità|unidade|nombre|unit|unitatsuffix|mass|grandeur|nb|núm|valeur",
        give_join, 1, " ", NULL },
    { "höhe|hoehe|fläche", give_arg, 1, NULL, " m" },
    { "heure|uhrzeit", give_pair, 0, " h ", NULL },

    /* ---- dates ---- */
    { "birth date|birth-date|bda1|birth date and age|birth date and age2|birth-date and age|bda|"
      "birth year and age|birth year|start date|start date and age|start-date|end date|end-date|"
      "film date|release date|launch date|date1|start date and years ago|dob|birthdate|"
      "birth date2|birth based on age as of date|death date|death-date|death year|dod|"
      "date of birth|start and end dates|生年月日と年齢|生年月日|出生年月日",
        date_give, 0, NULL, NULL },
    { "death date and age|dda|death-date and age|death date and age2|死亡年月日と没年齢|没年齢", date_death, 0,
        NULL, NULL },
    { "dts|date table sorting|dtsh|dts2|date sort", date_give, 0, NULL, NULL },
    { "age|age in years|años|age in years and days", date_age, 0, NULL, NULL },
    { "as of|asof|as of?|az|stand", date_as_of, 0, NULL, NULL },
    { "date|date-|date de naissance|date de décès|date républicaine|naissance|décès|date rapide|"
      "data|fecha|date de naissance-|date naissance", date_written, 0, NULL, NULL },
    { "circa|c.|ca|c|ca.|c-|environ|около|um 1", phrase_circa, 0, "c.", "c." },
    { "floruit|fl|fl.", phrase_circa, 0, "fl.", NULL },
    { "reign|r.|reigned", phrase_circa, 0, "r.", NULL },
    { "born|geboren|born in|b.|*", give_arg, 1, "born ", NULL },
    { "died|d.|†1", give_arg, 1, "died ", NULL },
    { "née|nee|born as|nata", give_arg, 1, "née ", NULL },
    { "oldstyledate|osd|old style date", give_pair, 0, " ", NULL },
    { "siècle|s|s-|-s|sp-|s mini|siècle1", phrase_century, 0, " siècle", NULL },
    { "dash year", give_pair, 0, "–", NULL },
    { "ma", give_arg, 1, NULL, " million years ago" },
    { "siglo", give_arg, 1, "siglo ", NULL },
    { "1er|ier|ire|1re|iie|ie|premier|première|2e|3e|4e|5e|6e|7e|8e|9e|10e|iii e|ive|ve|me|mme|"
      "mlle|mgr|dr|st|ste",
        give_itself, 0, NULL, NULL },

    /* ---- references to things ---- */
    { "coord|coor|coor d|coor dm|coor dms|ウィキ座標度分秒", coord_give, 0, NULL, NULL },
    { "kardeş şehir", give_join, 1, ", ", NULL },
    { "epc article", give_arg, 1, "Article ", " EPC" },
    { "epc rule", give_arg, 1, "Rule ", " EPC" },
    { "pct rule", give_arg, 1, "Rule ", " PCT" },
    { "uss", phrase_ship, 1, "USS", NULL },
    { "hms", phrase_ship, 1, "HMS", NULL },
    { "hmas", phrase_ship, 1, "HMAS", NULL },
    { "hmcs", phrase_ship, 1, "HMCS", NULL },
    { "hmnzs", phrase_ship, 1, "HMNZS", NULL },
    { "rms", phrase_ship, 1, "RMS", NULL },
    { "ss", phrase_ship, 1, "SS", NULL },
    { "mv", phrase_ship, 1, "MV", NULL },
    { "sms", phrase_ship, 1, "SMS", NULL },
    { "usns", phrase_ship, 1, "USNS", NULL },
    { "usat", phrase_ship, 1, "USAT", NULL },
    { "usc&gs", phrase_ship, 1, "USC&GS", NULL },
    { "ship", phrase_ship, 2, NULL, NULL },
    { "sclass|sclass2|sclass-|classe", give_pair, 0, "-class ", NULL },
    { "gs|gauge|railgauge|track gauge|écartement", give_arg, 1, NULL, NULL },
    { "bibleverse|bibleverse-nb|bibleref|bibleref2|bibleref2-nb|bible verse|"
      "bibleverse with invisible book|biblesource|bv|bibel",
        phrase_bible, 0, NULL, NULL },
    { "cite quran|quran-usc|quran|qref|qur'an|koran|cite qur'an", give_pair, 0, ":", NULL },
    { "cite bible|quranverse", phrase_bible, 0, NULL, NULL },
    { "us patent|us patent reference|ref patent1", give_arg, 1, "U.S. Patent ", NULL },
    { "isbn|isbnt|isbn2", give_arg, 1, "ISBN ", NULL },
    { "issn|eissn", give_arg, 1, "ISSN ", NULL },
    { "oclc", give_arg, 1, "OCLC ", NULL },
    { "doi", give_arg, 1, "doi:", NULL },
    { "ietf rfc|rfc|ref rfc", give_arg, 1, "RFC ", NULL },
    { "url|url2|oweb|website|web", give_arg, 1, NULL, NULL },
    { "harvnb|harvard citation no brackets|harvcol|harvcolnb|harvp1|harvard citation1",
        phrase_harv, 0, " ", "" },
    { "harvtxt|harvard citation text|harvcoltxt|harvs1", phrase_harv, 0, " (", ")" },
    { "harv|harvard citation|harvp|harvs", phrase_harv, 0, " ", "" },
    { "citation", phrase_citation, 0, NULL, NULL },
    { "vol.|vol", give_arg, 1, "vol. ", NULL },
    { "p.|p|pp.|pp|page|pg", give_arg, 1, "p. ", NULL },
    { "24hlm|lm24", give_arg, 1, NULL, " 24 Hours of Le Mans" },
    { "mpl|mp|minor planet|mpl-", give_join, 1, " ", NULL },
    { "nuclide2|nuclide|nuclide3", give_pair, 0, "-", NULL },
    { "nyse", give_arg, 1, "NYSE: ", NULL },
    { "nasdaq", give_arg, 1, "NASDAQ: ", NULL },
    { "lse", give_arg, 1, "LSE: ", NULL },
    { "tyo", give_arg, 1, "TYO: ", NULL },
    { "us route|us highway", give_arg, 1, "U.S. Route ", NULL },
    { "m|mabbr", give_arg, 1, NULL, NULL },
    { "full|or|year|citation need|qualify evidence|examples|notinsource|in5", NULL, 0, NULL, NULL },
    { "won|nom|n/a|yes|no|yes2|no2|partial|unknown|some|good|bad|tba|maybe|sho|dunno|okay|aye|"
      "nay|any", NULL, 0, NULL, NULL },

    { NULL, NULL, 0, NULL, NULL },
};

/* ---- parser functions: the name up to its colon, and what follows ---- */
const struct template_row template_functions[] = {
    { "formatnum:", number_colon, 0, NULL, NULL },
    { "#formatnum:", number_colon, 0, NULL, NULL },
    { "lc:", give_case, 'l', NULL, NULL },
    { "uc:", give_case, 'u', NULL, NULL },
    { "ucfirst:", give_case, 'U', NULL, NULL },
    { "lcfirst:", give_case, 'L', NULL, NULL },
    { "#if:", give_if, 0, NULL, NULL },
    { "#ifeq:", give_ifeq, 0, NULL, NULL },
    { "padleft:", give_colon, 0, NULL, NULL },
    { "plural:", give_arg, 1, NULL, NULL },
    { "#tag:", NULL, 0, NULL, NULL },
    { "defaultsort:", NULL, 0, NULL, NULL },
    { "displaytitle:", NULL, 0, NULL, NULL },
    { "#language:", give_colon, 0, NULL, NULL },
    { "anchorencode:", NULL, 0, NULL, NULL },
    { "int:", NULL, 0, NULL, NULL },
    { "#coordinates:", NULL, 0, NULL, NULL },
    { "noexternallanglinks:", NULL, 0, NULL, NULL },
    { NULL, NULL, 0, NULL, NULL },
};
