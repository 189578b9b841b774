#include "registry/card_style.h"

namespace quoin {

const char* const card_style = R"css(
:root{color-scheme:light dark;--page:#f3f5f8;--sheet:#fff;--ink:#18202c;--soft:#566273;--line:#dde3ea;--faint:#f6f8fa;
--accent:#1d5fa6;--band:#1d5fa61a;--good:#176b41;--good-back:#e5f4ec;--bad:#ab2014;--bad-back:#fcebe9;--warn:#8a4b06;--warn-back:#fdf3e2}
@media (prefers-color-scheme:dark){:root{--page:#0f1319;--sheet:#171d26;--ink:#e4e9f0;--soft:#9ba8b8;--line:#2b3542;--faint:#1c232e;
--accent:#74b3f2;--band:#74b3f226;--good:#6ed49b;--good-back:#12301f;--bad:#ff9488;--bad-back:#3b1a17;--warn:#f2bd68;--warn-back:#35270f}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:1000px;margin:0 auto;padding:28px 20px 48px}
header,section{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:22px 26px;margin:0 0 16px}
header{border-top:4px solid var(--accent)}
.kind{margin:0;color:var(--soft);font-size:12px;letter-spacing:.08em;text-transform:uppercase}
h1{margin:2px 0 6px;font-size:28px;line-height:1.2;overflow-wrap:anywhere}
h1 .version{color:var(--accent);font-weight:600}
h2{margin:0 0 8px;font-size:18px}
h3{margin:18px 0 6px;font-size:14px}
p{margin:0 0 10px;max-width:92ch;overflow-wrap:anywhere}
.lead,.note,.facts{color:var(--soft)}
.note{font-size:12.5px;margin:10px 0 0;max-width:none}
.facts{margin:0 0 14px}
.mark{display:inline-block;padding:1px 9px;border-radius:20px;font-weight:600;font-size:13px;white-space:nowrap}
.passed{color:var(--good);background:var(--good-back)}
.failed{color:var(--bad);background:var(--bad-back)}
.attention{color:var(--warn);background:var(--warn-back);white-space:normal}
.verdict{font-size:14px;padding:4px 14px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin:18px 0 0}
.figure{background:var(--faint);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.figure b{display:block;font-size:25px;line-height:1.25;font-variant-numeric:tabular-nums}
.figure span{display:block;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;font-size:12.5px;border-bottom-width:2px;vertical-align:bottom}
tr:last-child td{border-bottom:0}
td:first-child,th:first-child{padding-left:0}
.number{text-align:right;white-space:nowrap}
th.number{white-space:normal}
.pairs td:first-child{width:170px;color:var(--soft)}
.best{font-weight:700;color:var(--accent)}
.best::before{content:"★ ";font-size:11px}
ul{margin:0;padding-left:20px;overflow-wrap:anywhere}
#warnings.some{border-left:4px solid var(--warn)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:14px 26px;margin:14px 0 6px}
.plots.wide{grid-template-columns:minmax(0,760px)}
.plot{display:block;width:100%;height:auto}
.plot text{fill:var(--soft);font-size:11px}
.plot .plot-title{fill:var(--ink);font-size:13px;font-weight:600}
.plot .row-name,.plot .value{fill:var(--ink)}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1}
.ideal{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-dasharray:4 4}
.curve{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
.stem{stroke:var(--accent);stroke-width:2}
.dot{fill:var(--accent);stroke:var(--sheet);stroke-width:1}
.dot-outside{fill:var(--bad);stroke:var(--sheet);stroke-width:1}
.bar{fill:var(--accent)}
.band{fill:var(--band)}
details{margin:10px 0 0}
summary{cursor:pointer;color:var(--soft);font-size:13px}
code{font:12.5px ui-monospace,SFMono-Regular,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
@media (max-width:520px){.plots{grid-template-columns:1fr}header,section{padding:16px}main{padding:10px}}
@media print{:root{color-scheme:light;--page:#fff;--sheet:#fff;--ink:#000;--soft:#444;--line:#ccc;--faint:#fff;
--accent:#1d5fa6;--band:#1d5fa61a;--good:#176b41;--good-back:#fff;--bad:#ab2014;--bad-back:#fff;
--warn:#8a4b06;--warn-back:#fff}
body{font-size:10.5pt}main{max-width:none;padding:0}header,section{border-left:0;border-right:0;border-radius:0;padding:10pt 0}
table,.plot,.figure,tr{break-inside:avoid}h2,h3{break-after:avoid}details{display:none}
header,section{border-bottom:0;margin:0}.figures{grid-template-columns:repeat(4,1fr)}.mark{padding:0}#warnings.some{padding-left:10pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace quoin
