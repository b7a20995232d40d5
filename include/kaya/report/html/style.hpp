// SPDX-License-Identifier: MIT
// How a page looks: light and dark, wide and narrow, on paper. Of each pair of colours of text and ground the
// contrast is 4.5 or more; those of components are told apart by people who see no red, no green or no blue.
#pragma once

#include <string_view>

namespace kaya {
inline namespace v1 {
namespace report::detail::html {

inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--ground:#fff;--card:#f5f6f8;--ink:#1c2128;--soft:#57606a;--rule:#d5dae0;
--grid:#e6e9ed;--fill:#4a7fb0;--pale:#c3d3e3;--band:#1c2f45;--metric:#a33d1f;--accent:#1f4e8c;--hatch:#8a929b;
--cpu:#1f4e8c;--memory:#2f9fc4;--gpu:#d07a00;--platform:#8f3f71;--other:#7c8590;
--good:#1d6b47;--warn:#8a5300;--bad:#a8281e;--warn-ground:#fff6e5}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1a2028;--ink:#e6e9ee;--soft:#a3adb8;--rule:#343d48;
--grid:#262e38;--fill:#4f83b5;--pale:#2c3f52;--band:#d6e6f5;--metric:#f2a07f;--accent:#8fbdf0;--hatch:#6d7782;
--cpu:#4f8fdc;--memory:#7fd6e6;--gpu:#f0a030;--platform:#b8609f;--other:#929ca7;
--good:#7fcfa4;--warn:#f0b860;--bad:#f4948a;--warn-ground:#2a2110}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:48px 24px 32px}
h1{font-size:2.1rem;line-height:1.15;margin:0 0 10px;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 16px;font-weight:620;overflow-wrap:anywhere}
h3,.card h2{font-size:.86rem;line-height:1.4;margin:0 0 8px;font-weight:600;color:var(--soft)}
section,details.section{margin:56px 0 0}
p{margin:0 0 8px}
code{font:.92em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
small{font-size:.84em;color:var(--soft);font-weight:400}
.kicker{color:var(--soft);font-size:.88rem;margin:0 0 6px}
.facts{color:var(--soft);font-size:.94rem;margin:0 0 2px;overflow-wrap:anywhere}
.small{font-size:.86rem;color:var(--soft);line-height:1.45;margin:6px 0 0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(226px,1fr));gap:14px;margin-top:32px}
.card{background:var(--card);border-radius:12px;padding:18px 20px;min-width:0}
.big{font-size:1.66rem;line-height:1.2;font-weight:640;letter-spacing:-.015em;margin:0 0 8px;font-variant-numeric:tabular-nums}
.unit{font-size:.58em;font-weight:600;letter-spacing:0}
.badge{display:inline-block;font-size:.76rem;line-height:1.35;font-weight:600;padding:1px 7px;border-radius:9px;
border:1px solid currentColor;color:var(--soft);white-space:nowrap}
.badge.measured{color:var(--good)}
.badge.integrated{color:var(--accent)}
.badge.modelled{color:var(--warn);border-style:dashed}
.badge.assumed{color:var(--bad);border-style:dotted;border-width:2px;padding:0 6px}
.badge.missing,.badge.error{color:var(--bad)}
.badge.mark{white-space:normal;overflow-wrap:anywhere}
.badge.warning,.badge.open{color:var(--warn)}
.hatched,.unknown .big span{background:repeating-linear-gradient(135deg,transparent 0 5px,var(--grid) 5px 8px);
border:1px dashed var(--hatch);border-radius:5px;padding:1px 8px}
.hatched.block{display:block;padding:14px;text-align:center}
.callout{background:var(--warn-ground);border-left:4px solid var(--warn);border-radius:0 10px 10px 0;padding:16px 20px;margin-top:24px}
.callout h2{font-size:1rem;margin:0 0 6px}
.callout ul{margin:0;padding-left:20px}
.callout li{overflow-wrap:anywhere}
figure{margin:0}
figcaption{font-size:.86rem;color:var(--soft);line-height:1.5;margin-top:14px;max-width:76ch;overflow-wrap:anywhere}
svg{display:block;overflow:visible}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
.patterns{position:absolute}
.hatch-back{fill:var(--card)}
.hatch-line{fill:var(--hatch);opacity:.55}
.plot{--l:62px;--r:62px;padding:20px var(--r) 30px var(--l);min-width:0;position:relative}
.beside .plot{--r:8px}
.layer{position:absolute;top:20px;left:var(--l);width:calc(100% - var(--l) - var(--r));height:220px;pointer-events:none}
.many rect{shape-rendering:crispEdges}
.left,.end{text-anchor:end}
.middle{text-anchor:middle}
line{stroke-width:1}
.grid{stroke:var(--grid)}
.base{stroke:var(--soft)}
.step,.energy{fill:var(--fill)}
.step{opacity:.55}
.open{stroke:var(--ink);stroke-dasharray:4 3}
.top{stroke:var(--fill);stroke-width:2}
.outside{fill:var(--pale)}
.band{fill:var(--band);opacity:.38}
.missing{fill:url(#hatch);stroke:var(--hatch);stroke-dasharray:3 3}
.foot{stroke:none}
.mean{stroke:var(--ink);stroke-dasharray:2 4;stroke-width:1.5}
svg text.note,svg text.unknown{fill:var(--ink)}
svg text.halo,svg text.unknown{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.backing{stroke:var(--ground);stroke-width:3.5;opacity:.8}
.backing.fine{stroke-width:1.5}
.resumed{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}
path{fill:none;vector-effect:non-scaling-stroke}
path.metric,line.metric{stroke:var(--metric);stroke-width:2.25;stroke-linejoin:round}
path.halo{stroke:var(--ground);stroke-width:5}
path.dots{stroke-width:6.5;stroke-linecap:round}
path.dots.halo{stroke-width:9.5}
.metric-band{fill:var(--metric);opacity:.25}
.mark{fill:var(--metric);stroke:var(--ground);stroke-width:1.5}
.card .mark{fill:var(--ink)}
.span{opacity:.5}
.key{font-size:.88rem;color:var(--soft);margin:0;display:flex;flex-wrap:wrap;gap:4px 22px}
.swatch{display:inline-block;vertical-align:-1px}
.key .swatch{margin-right:7px}
.beside{display:grid;grid-template-columns:minmax(0,1fr) 284px;gap:36px}
.components{padding-top:10px}
.legend{list-style:none;margin:12px 0 0;padding:0}
.legend li{display:grid;grid-template-columns:12px 1fr auto;gap:0 9px;align-items:center;padding:5px 0;border-top:1px solid var(--grid)}
.legend li:first-child{border:0}
.lack{grid-column:2/-1;font-size:.82rem;color:var(--bad)}
.stack{border-radius:5px}
.part{stroke:var(--ground);stroke-width:1.5}
.area{stroke:var(--ground);stroke-width:1}
.found{pointer-events:all}
.found path:hover{fill:var(--ink);fill-opacity:.16}
.edge{stroke:var(--ink);opacity:.18;pointer-events:none}
.cpu{fill:var(--cpu)}
.memory{fill:var(--memory)}
.gpu{fill:var(--gpu)}
.platform{fill:var(--platform)}
.other{fill:var(--other)}
rect.known{stroke:var(--ground)}
rect.measured{fill:var(--good)}
rect.integrated{fill:var(--accent)}
rect.modelled{fill:url(#hatch);stroke:var(--warn)}
rect.assumed{fill:var(--card);stroke:var(--bad);stroke-width:2;stroke-dasharray:2 2}
.chain{list-style:none;display:flex;gap:12px 9px;margin:0;padding:0}
.chain li{display:flex;align-items:center;gap:9px;flex:1 1 auto}
.sign{font-size:1.3rem;color:var(--soft);width:.9em;text-align:center}
.link{flex:1 1 auto;min-width:106px;align-self:stretch;display:flex;flex-direction:column;background:var(--card);border:1.5px solid transparent;border-radius:10px;padding:12px 14px}
.link strong{white-space:nowrap;font-size:1.14rem;font-weight:640;font-variant-numeric:tabular-nums}
.link span{overflow-wrap:anywhere;font-size:.84rem;color:var(--soft)}
.guess .link{border:1.5px dashed var(--bad)}
.result .link{border-color:var(--accent)}
.bars,.plain,.events{list-style:none;margin:0;padding:0}
.bars li{display:grid;grid-template-columns:minmax(0,230px) minmax(0,1fr) 190px;gap:2px 18px;align-items:center;padding:9px 0;border-top:1px solid var(--grid)}
.bars li:first-child{border:0}
.bars .bar{order:1}
.bars .value{order:2;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;font-weight:560}
.bars .note{order:3;grid-column:2/-1}
.note{font-size:.84rem;color:var(--soft);overflow-wrap:anywhere}
.name{overflow-wrap:anywhere;line-height:1.35}
.track{fill:var(--grid)}
.fill{fill:var(--fill)}
.fill.own{fill:var(--accent)}
.fill.rest{fill:var(--hatch)}
.range{stroke:var(--ink);stroke-width:1.5}
.range.halo{stroke:var(--ground);stroke-width:4;opacity:.7}
.plain li{padding:8px 0;border-top:1px solid var(--grid)}
.plain .note{display:block}
summary{cursor:pointer;font-size:1.25rem;font-weight:620}
details[open] summary{margin-bottom:12px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:9px 14px 9px 0;border-top:1px solid var(--grid)}
thead th{font-size:.8rem;color:var(--soft);font-weight:600;border:0;white-space:nowrap}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:110px}
th small,td small{display:block}
td.figure{white-space:nowrap}
td.figure small{white-space:normal}
.figure{text-align:right;font-variant-numeric:tabular-nums}
.aside th,.aside td{color:var(--soft)}
.aside th{font-weight:400}
.covered{display:inline-block;margin-right:8px;vertical-align:2px}
.legend-line .badge:not(:first-child){margin-left:12px}
section h3:not(:first-child){margin-top:28px}
.components h3:first-child{margin-top:0}
.notes{margin:0}
.notes dt{font-weight:600;font-size:.9rem;overflow-wrap:anywhere}
.notes dd{margin:0 0 12px;font-size:.88rem;color:var(--soft);max-width:86ch;overflow-wrap:anywhere}
.events li{display:flex;flex-wrap:wrap;gap:2px 10px;padding:8px 0;border-top:1px solid var(--grid);align-items:baseline}
.events b,.events li>span:last-child{overflow-wrap:anywhere;min-width:0}
.when{color:var(--soft);font-size:.88rem;min-width:64px;font-variant-numeric:tabular-nums}
.facts-list{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:14px 28px;margin:0}
.facts-list span{display:block;font-size:.84rem;color:var(--soft)}
.facts-list b{font-weight:500}
footer{margin-top:64px;padding-top:16px;border-top:1px solid var(--rule);font-size:.84rem;color:var(--soft)}
@media (max-width:940px){.chain{flex-wrap:wrap}}
@media (max-width:820px){.beside{grid-template-columns:minmax(0,1fr);gap:20px}}
@media (max-width:640px){main{padding:28px 16px}h1{font-size:1.65rem}section,details.section{margin-top:44px}
.cards{grid-template-columns:minmax(0,1fr)}.plot{--l:54px;--r:44px}.odd,.wide{display:none}
.chain{flex-direction:column}.chain li:first-child{padding-left:calc(1.17rem + 9px)}.bars li{grid-template-columns:minmax(0,1fr) auto}.bars .bar{order:3;grid-column:1/-1}
.bars .value{order:2}.bars .name{order:1}.bars .note{order:4;grid-column:1/-1}
.stacks,.stacks tbody,.stacks tr,.stacks th,.stacks td{display:block;width:100%;min-width:0;text-align:left}
.stacks thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stacks tr{border-top:1px solid var(--rule);padding:10px 0}
.stacks th,.stacks td{border:0;padding:2px 0}
.stacks td{display:grid;grid-template-columns:116px minmax(0,1fr);overflow-wrap:anywhere}
.stacks td small{grid-column:2}
.stacks td::before{content:attr(data-label);color:var(--soft);grid-row:1/9}
.stacks td>*{justify-self:start}
.channels tr{display:flex;flex-wrap:wrap;gap:3px 14px;align-items:baseline}
.channels th{flex:1 1 46%;width:auto}
.channels td{display:block;width:auto;font-size:.84rem;color:var(--soft)}
.channels td::before{content:none}
.channels td:nth-of-type(4){order:-1;flex:0 1 auto;max-width:50%;text-align:right;font-size:.9rem;color:var(--ink)}
.channels th{order:-2}
.channels td small{display:inline;margin-left:6px}
.channels td:nth-of-type(4) small{display:block;margin:0}}
@media print{:root{--ground:#fff;--card:#f5f6f8;--ink:#000;--soft:#444c55;--rule:#ccc;--grid:#e2e5e9;--fill:#4a7fb0;
--pale:#c3d3e3;--band:#1c2f45;--metric:#a33d1f;--accent:#1f4e8c;--hatch:#8a929b;--good:#1d6b47;--warn:#8a5300;
--bad:#a8281e;--warn-ground:#fff6e5}details::details-content{content-visibility:visible;block-size:auto}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}figure,.card,tr,.bars li{break-inside:avoid}h2,h3{break-after:avoid}section{margin-top:28px}}
)css";

}  // namespace report::detail::html
}  // namespace v1
}  // namespace kaya
