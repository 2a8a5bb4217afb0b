/* names.c -- see names.h. */
#include "tools/wikiextract/names.h"

#include <stdlib.h>

static const struct {
    const char *name;
    int         ns;
} canonical[] = {
    { "media", -2 }, { "special", -1 }, { "talk", 1 }, { "user", 2 }, { "user talk", 3 },
    { "project", 4 }, { "wikipedia", 4 }, { "project talk", 5 }, { "file", 6 }, { "image", 6 },
    { "file talk", 7 }, { "image talk", 7 }, { "mediawiki", 8 }, { "mediawiki talk", 9 },
    { "template", 10 }, { "template talk", 11 }, { "help", 12 }, { "help talk", 13 },
    { "category", 14 }, { "category talk", 15 },
    /* old local names of File and Category; <siteinfo> gives only the present ones */
    { "bild", 6 }, { "datei", 6 }, { "fichier", 6 }, { "imagen", 6 }, { "archivo", 6 },
    { "immagine", 6 }, { "imagem", 6 }, { "ficheiro", 6 }, { "afbeelding", 6 }, { "bestand", 6 },
    { "grafika", 6 }, { "plik", 6 }, { "изображение", 6 }, { "файл", 6 }, { "Изображение", 6 },
    { "画像", 6 }, { "ファイル", 6 }, { "文件", 6 }, { "图像", 6 }, { "圖像", 6 }, { "檔案", 6 },
    { "tập tin", 6 }, { "hình", 6 }, { "resim", 6 }, { "dosya", 6 }, { "slika", 6 },
    { "soubor", 6 },
    { "kép", 6 }, { "fájl", 6 }, { "tiedosto", 6 }, { "kuva", 6 }, { "fil", 6 }, { "그림", 6 },
    { "파일", 6 }, { "קובץ", 6 }, { "תמונה", 6 }, { "ملف", 6 }, { "صورة", 6 }, { "پرونده", 6 },
    { "تصویر", 6 }, { "चित्र", 6 }, { "ภาพ", 6 }, { "ไฟล์", 6 }, { "αρχείο", 6 }, { "εικόνα", 6 },
    { "Αρχείο", 6 }, { "Εικόνα", 6 }, { "ფაილი", 6 }, { "სურათი", 6 }, { "ስዕል", 6 }, { "চিত্র", 6 },
    { "فائل", 6 }, { "படிமம்", 6 }, { "പ്രമാണം", 6 }, { "ဖိုင်", 6 }, { "सञ्चिका", 6 },
    { "Файл", 6 },
    { "κατηγορία", 14 }, { "Κατηγορία", 14 }, { "კატეგორია", 14 }, { "መደብ", 14 },
    { "বিষয়শ্রেণী", 14 },
    { "زمرہ", 14 }, { "رده", 14 }, { "تصنيف", 14 }, { "קטגוריה", 14 }, { "श्रेणी", 14 },
    { "वर्गः", 14 },
    { "பகுப்பு", 14 }, { "വർഗ്ഗം", 14 }, { "หมวดหมู่", 14 }, { "분류", 14 }, { "分类", 14 },
    { "分類", 14 },
    { "カテゴリ", 14 }, { "thể loại", 14 }, { "kategori", 14 },
    { "kategorie", 14 }, { "catégorie", 14 }, { "categoría", 14 }, { "categoria", 14 },
    { "категория", 14 }, { "Категория", 14 },
};

static bool
same(const char *known, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i] == '_' ? ' ' : ascii_lower(name.at[i]);

        if (known[i] == '\0' || known[i] != c)
            return false;
    }
    return known[name.len] == '\0';
}

static const struct name *
find(const struct names *names, struct span name)
{
    for (int i = 0; i < names->count; i++)
        if (same(names->list[i].name, name))
            return &names->list[i];
    return NULL;
}

int
names_start(struct names *names)
{
    int rc = OK;

    names->count = 0;
    memcpy(names->language, "en", sizeof "en");
    for (size_t i = 0; rc == OK && i < sizeof canonical / sizeof *canonical; i++)
        rc = names_add(names, (struct span){ canonical[i].name, strlen(canonical[i].name) },
            canonical[i].ns);
    return rc;
}

int
names_add(struct names *names, struct span name, int ns)
{
    char *copy;

    if (name.len == 0 || names->count == NAMES_MAX || find(names, name) != NULL)
        return OK;
    copy = malloc(name.len + 1);
    if (copy == NULL)
        return err_set(ERR_MEMORY, "no memory for the names of namespaces");
    for (size_t i = 0; i < name.len; i++)
        copy[i] = name.at[i] == '_' ? ' ' : ascii_lower(name.at[i]);
    copy[name.len] = '\0';
    names->list[names->count++] = (struct name){ copy, ns };
    return OK;
}

void
names_free(struct names *names)
{
    while (names->count > 0)
        free(names->list[--names->count].name);
}

bool
names_find(const struct names *names, struct span title, int *ns, struct span *rest)
{
    const char        *colon = title.len > 0 ? memchr(title.at, ':', title.len) : NULL;
    struct span        prefix;
    const struct name *name;

    if (colon == NULL)
        return false;
    prefix = span_trim((struct span){ title.at, (size_t)(colon - title.at) });
    name = find(names, prefix);
    if (name == NULL)
        return false;
    *ns = name->ns;
    *rest = span_trim((struct span){ colon + 1, title.len - (size_t)(colon + 1 - title.at) });
    return true;
}

/* The codes of the Wikipedias, sorted. */
static const char *const languages[] = {
    "aa", "ab", "ace", "ady", "af", "ak", "als", "alt", "am", "ami", "an", "ang", "ann", "anp",
        "ar",
    "arc", "ary", "arz", "as", "ast", "atj", "av", "avk", "awa", "ay", "az", "azb", "ba", "ban",
        "bar",
    "bat-smg", "bbc", "bcl", "bdr", "be", "be-tarask", "be-x-old", "bew", "bg", "bh", "bi", "bjn",
    "blk", "bm", "bn", "bo", "bpy", "br", "bs", "btm", "bug", "bxr", "ca", "cbk-zam", "cdo", "ce",
    "ceb", "ch", "cho", "chr", "chy", "ckb", "co", "cr", "crh", "cs", "csb", "cu", "cv", "cy", "da",
    "dag", "de", "dga", "din", "diq", "dsb", "dtp", "dty", "dv", "dz", "ee", "el", "eml", "en",
        "eo",
    "es", "et", "eu", "ext", "fa", "fat", "ff", "fi", "fiu-vro", "fj", "fo", "fon", "fr", "frp",
        "frr",
    "fur", "fy", "ga", "gag", "gan", "gcr", "gd", "gl", "glk", "gn", "gom", "gor", "got", "gpe",
        "gsw",
    "gu", "guc", "gur", "guw", "gv", "ha", "hak", "haw", "he", "hi", "hif", "ho", "hr", "hsb", "ht",
    "hu", "hy", "hyw", "hz", "ia", "iba", "id", "ie", "ig", "igl", "ii", "ik", "ilo", "inh", "io",
        "is",
    "it", "iu", "ja", "jam", "jbo", "jv", "ka", "kaa", "kab", "kbd", "kbp", "kcg", "kg", "kge",
        "ki",
    "kj", "kk", "kl", "km", "kn", "ko", "koi", "kr", "krc", "ks", "ksh", "ku", "kus", "kv", "kw",
        "ky",
    "la", "lad", "lb", "lbe", "lez", "lfn", "lg", "li", "lij", "lld", "lmo", "ln", "lo", "lrc",
        "lt",
    "ltg", "lv", "lzh", "mad", "mai", "map-bms", "mdf", "mg", "mh", "mhr", "mi", "min", "mk", "ml",
    "mn", "mni", "mnw", "mo", "mos", "mr", "mrj", "ms", "mt", "mus", "mwl", "my", "myv", "mzn",
        "na",
    "nah", "nan", "nap", "nds", "nds-nl", "ne", "new", "ng", "nia", "nl", "nn", "no", "nov", "nqo",
    "nr", "nrm", "nso", "nv", "ny", "oc", "olo", "om", "or", "os", "pa", "pag", "pam", "pap", "pcd",
    "pcm", "pdc", "pfl", "pi", "pih", "pl", "pms", "pnb", "pnt", "ps", "pt", "pwn", "qu", "rm",
        "rmy",
    "rn", "ro", "roa-rup", "roa-tara", "rsk", "ru", "rue", "rw", "sa", "sah", "sat", "sc", "scn",
        "sco",
    "sd", "se", "sg", "sgs", "sh", "shi", "shn", "si", "simple", "sk", "skr", "sl", "sm", "smn",
        "sn",
    "so", "sq", "sr", "srn", "ss", "st", "stq", "su", "sv", "sw", "syl", "szl", "szy", "ta", "tay",
    "tcy", "tdd", "te", "tet", "tg", "th", "ti", "tig", "tk", "tl", "tly", "tn", "to", "tpi", "tr",
    "trv", "ts", "tt", "tum", "tw", "ty", "tyv", "udm", "ug", "uk", "ur", "uz", "ve", "vec", "vep",
    "vi", "vls", "vo", "vro", "wa", "war", "wo", "wuu", "xal", "xh", "xmf", "yi", "yo", "yue", "za",
    "zea", "zgh", "zh", "zh-classical", "zh-min-nan", "zh-yue", "zu",
};

bool
names_language(struct span prefix)
{
    size_t low = 0, high = sizeof languages / sizeof *languages;

    if (prefix.len == 0)
        return false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int    order = strncmp(languages[mid], prefix.at, prefix.len);

        if (order == 0)
            order = languages[mid][prefix.len] != '\0';
        if (order == 0)
            return true;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

bool
names_media(struct span title)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".svg", ".gif", ".tif", ".tiff",
        ".webp", ".ogg", ".oga", ".ogv", ".webm", ".mp3", ".mp4", ".wav", ".mid", ".flac", ".djvu",
        ".pdf", ".xcf", ".stl" };

    if (title.len == 0 || memchr(title.at, ':', title.len) == NULL)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t len = strlen(endings[i]);

        if (title.len > len
            && span_equals((struct span){ title.at + title.len - len, len }, endings[i]))
            return true;
    }
    return false;
}
