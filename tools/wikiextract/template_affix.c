/* template_affix.c -- families of templates, known by how their names begin or end; see template.h.
 * They are asked only when template_table.c has no row of the whole name.  Here are also nearly all
 * templates that bear no text: notes, sources, boxes, maintenance, navigation. */
#include "tools/wikiextract/give.h"

#define DROP NULL, 0, NULL, NULL

const struct template_row template_prefixes[] = {
    { "lang-|vol-|ref-lang-", give_join, 1, ", ", NULL },
    { "ipa-|ipac-", give_arg, 1, "[", "]" },
    { "script/|unicode ", give_last, 0, NULL, NULL },
    { "link-|нп-", give_arg, 1, NULL, NULL },
    { "convert/", convert_give, 0, NULL, NULL },
    { "cite|citeweb|citenews|vcite|sfn*|efn*|refn*|ref|rp|r|reflist*|notelist*|note|notes|"
      "harvid|citeref*|harvc|webarchive|wayback|dead link|deadlink|bare url|cbignore|isbn ", DROP },
    { "infobox*|taxobox*|automatic taxobox|speciesbox*|chembox|drugbox|geobox|navbox*|sidebar|"
      "starbox|ethnic group|succession|s-|start box|end box|fs |fb |football*|goalscorers|"
      "episode|track listing|tracklist|rail |s-rail|bs-|routemap|weather box|climate*|"
      "historical pop*|us census|election box|party color|party colour|compact|tocright|toc",
      DROP },
    { "engvar*|contains |campaignbox*|geographic location|spaceflight crew|cia world|ol author|"
      "govpubs|statedept|bots|nobots|cnote|cref|sfnm|harvc|in lang|opencorp|mactutor|"
      "mathgenealogy|planetmath|nyt|this date|list of |members of|cabinet |1911|note|"
      "color sample|otheruses*|also|interlang*|multimedia|refnest*|googlemap|prononciation|"
      "détails|ul1|ninds|citation needed|cn|fact|clarify|when|who|whom|which|where|by whom|"
      "according to|dubious|disputed|failed ver*|verify|verification|better source|unreliable|"
      "self-published|primary source|third-party|page needed|volume needed|full citation|"
      "peacock|weasel|"
      "vague|ambiguous|specify|update|outdated|expand|empty section|refimprove*|more citations|"
      "more footnotes|unreferenced|unsourced|no footnotes|blp|original research|pov|npov|"
      "tone|cleanup*|copy edit|copyedit|confusing|multiple issues|article issues|advert|coi|"
      "notability|wikify|lead |very long|too |over|story|prose|essay|globalize|undue|synthesis|"
      "inconsistent|incomprehensible|relevance|example|quantify|need|missing|contradict|"
      "disambiguation needed|dn|long dead|buzzword|year missing|request|inflation-fn|"
      "inflation-year|"
      "cleanup|under construction|in use|merge|split|move|copypaste|orphan|uncategorized|stub|"
      "proposed|prod|afd|db-|csd|delete|rescue|tfd|rfd", DROP },
    { "pp-|use |engvar|r from|r to|redirect*|redr|about|other uses|otheruse*|otherpeople|"
      "other people|other |for|distinguish|confuse|hatnote|main|see|further|details|rellink|"
      "dablink|disamb*|hndis|geodis|surname|given name|short description|italic title|lowercase|"
      "displaytitle|featured|good article|good topic|link fa|link ga|coord|coor |lat|"
      "location map*|maplink|mapframe|osm|geogroup|official|commons*|wiki*|wikt*|sister*|"
      "portal*|subject bar|authority control|persondata*|defaultsort*|categor*|cat |catmain|"
      "dmoz|imdb|twitter|facebook|instagram|youtube|internet archive|gutenberg*|librivox|"
      "worldcat|find a grave|library resources*|google books|curlie|myspace|discogs|musicbrainz|"
      "allmusic|allmovie|rotten|metacritic|mathworld|springer|sep|iep|inpho|philpapers|lsj|"
      "oetymd|eb1911|britannica|nytopic|nyttopic|bloomberg|guardian|in our time|finance links|"
      "mesh|diseases|icd|omim|taxonbar|acart|population of|spoken*|harvard*|vital|itis|eol|ncbi|"
      "fishbase|plants", DROP },
    { "clear|-|clr|clade|cladogram|col|colbegin|colend|div col|end|multicol|columns|refbegin|"
      "refend|ref begin|ref end|top|bottom|mid|image|wide image|double image|triple image|"
      "multiple image|panorama|tall image|annotated image|css image|gallery|photomontage|photo|"
      "audio|listen|multi-listen|sound|video|external media|bar|chart|graph|pie chart|legend|"
      "key|timeline|horizontal|family tree|familytree|tree chart|ahnentafel|calendar|months|"
      "flagicon|flag icon|flagdeco|increase|decrease|steady|gain|loss|profit|number table|nochange|"
      "yes|no |hidden|collapse|navboxes|show|quote box|pull quote|side box|stack|float|align|"
      "fix|nomorelinks|no more links|lookfrom|intitle|anchor|shortcut|display none|abbrlink|toc|"
      "rotten|album|extra|singles|certification|chess diagram|chess|sudoku|music score|"
      "namespace|server|revision|#invoke:navbox|"
      "#section|#lst", DROP },
    /* other Wikipedias */
    { "инфобокс|карточка|флаг|нет ",  DROP },
    { "книга|статья|ref-|sfn|примечания|навигация|библиоинформация|внешние ссылки|основная|"
      "см. также|другие значения|нет аи|источник|викисклад|видео|заготовка|rq|перевести|"
      "дополнить|списокпримечаний|значения|commonscat|добротная|избранная|хорошая|не путать|"
      "города|земли|столицы|шаблон|погода|климат", DROP },
    { "internetquelle|literatur|webarchiv*|cite*|hauptartikel|siehe auch|begriffskl*|"
      "navigationsleiste|normdaten|personendaten|sortierung|positionskarte|bilderwunsch|"
      "mehrere bilder|absatz|farblegende|anker|galerie|lesenswert|exzellent|schwesterprojekte|"
      "toter link|belege|zukunft|weiterleitungshinweis|wahldiagramm|sitzverteilung|imagemap|"
      "klimatabelle|mehrspaltige liste|dnb|ndb|adb|google buch|panorama|coordinate|linkbox|"
      "dieser artikel", DROP },
    { "ouvrage|lien web|article|chapitre|voir |portail|palette|références|référence|autorité|"
      "liens|drapeau|infobox|homonyme|confusion|autres projets|bases|dictionnaires|jumelage|"
      "multi bandeau|loupe|colonnes|début|fin|image|message galerie|section vide|en langue|"
      "augmentation|diminution|catégorie|sources|à |légende|note|titre en italique|ébauche|"
      "bandeau|clé de tri|smn", DROP },
    { "ficha|cita |cita web|bandera|ap|vt|otros usos|enlace roto|listaref|"
      "control de autoridades|wikiviajes|wikinoticias|wikcionario|web oficial|sucesión|"
      "desactualizado|actualizar|montaje|orden|portal|traducido|commonscat|esbozo|clima|barras|"
      "artículo|demografía|geografía|véase", DROP },
    { "출처|각주|웹 인용|범례|국기|다른 뜻|전거|위키|본문|관련|도시 정보|언어링크|세계날씨|소리|책 인용|뉴스 인용|저널 인용|토막글", DROP },
    { "脚注|出典|要|リンク切れ|リダイレクト|ウィキ|節スタブ|デフォルトソート|参照|告知|独自研究|複数の問題|観点|政治家|基礎情報|インフォ|画像|半保護|表記|記事名|"
      "特殊文字|otheruse|r|正確性|単一の出典|スタブ|未検証|更新|p|normdaten|kotobank|ja icon|ページ番号|国会図書館|地図外部リンク|"
      "日本の|存命人物|性的|暴力|告知|良質な記事|秀逸な記事|notetag|notefoot|r ", DROP },
    { "notate|noteta|link style|link-style|main|refbegin|cite|请求|消歧义|模板|小作品|其他|外文|主條目|主条目|参见|柏林|"
      "中华|中華|德国|德國|歐洲|欧洲|coord*|bd", DROP },
    { "صندوق|استشهاد|مراجع|شريط|ضبط|مفصلة|وصلة|روابط|بذرة|تصنيف|أيقونة|صورة|جعبه|یادکرد|پانویس|"
      "پرچم|ویکی|اصلی|دیگر|فتوکلاژ|صدا|پاک|سخ|پایتخت|خانہ|حوالہ|پرچم|زمرہ|تفصیلی|اصل|نامکمل|"
      "موضوع|آغاز|اختتام|دفتری", DROP },
    { "הערה|קישור|תקציר|פירוש|ערך|מפת|אודיו|מקור|טורים|מיזמים|אתר|הערות|בריטניקה|הפניה|כ|עיר|"
      "קצרמר|ויקישיתוף|בקרת", DROP },
    { "chú thích|tham khảo|chính|thể loại|kiểm soát|toàn cảnh|wikivoyage|hộp thông tin|thông tin",
        DROP },
    { "web kaynağı|webarşiv|kitap kaynağı|haber kaynağı|kaynakça|ayrıca|otorite|bayrak|kardeş|"
      "vikiyolculuk|yerleşim|ana|diğer", DROP },
    { "nūruodis|nadabeigts|commonscat|infoskreine|mieneši|latvejis|europys", DROP },
    { NULL, DROP },
};

const struct template_row template_suffixes[] = {
    { "-stub| stub| icon| infobox| navbox| sidebar| topics| series| footer| header| in topic|"
      " needed| inline|-inline| links| taxobox|box| map| timeline| diagram| image| images|"
      "citation| section| article| color|-icon", DROP },
    { "e siècle", give_itself, 0, NULL, NULL },
    { NULL, DROP },
};
