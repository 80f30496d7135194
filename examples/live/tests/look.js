// What the browser test asks of the page.
const byId = id => document.getElementById(id);
const text = id => byId(id).textContent;
const charts = () => [...document.querySelectorAll("figure > svg")];
/** How many points the longest line of each chart has. */
const points = () => charts().map(chart => Math.max(
  ...[...chart.querySelectorAll("path")].map(path => path.getAttribute("d").split("L").length)));
/** Whether each chart is drawn for the width that it has, and no two of its texts meet. */
const chartsFit = () => charts().every(chart => {
  const width = chart.getBoundingClientRect().width;
  const below = [...chart.querySelectorAll("text")].map(text => text.getBoundingClientRect());
  const meet = (a, b) => a !== b && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return Math.abs(chart.viewBox.baseVal.width - width) < 1 && !below.some(a => below.some(b => meet(a, b)));
});
/** The light of a colour, as the contrast of WCAG is told by it. */
const light = color => {
  const [r, g, b] = color.match(/[\d.]+/g).map(Number).map(part => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (ink, ground) => {
  const [low, high] = [light(ink), light(ground)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const look = () => {
  const ink = element => getComputedStyle(element).color;
  const ground = element => getComputedStyle(element).backgroundColor;
  const card = document.querySelector(".card"), finding = document.querySelector("#findings li");
  return {
    numbers: [...document.querySelectorAll("dd")].map(number => number.textContent),
    charts: charts().map(chart => chart.getAttribute("aria-label")),
    max_size: text("max-size"),
    ground: ground(document.body),
    contrasts: {
      text: contrast(ink(document.body), ground(card)),
      notes: contrast(ink(document.querySelector(".note")), ground(card)),
      buttons: contrast(ink(byId("heal")), ground(byId("heal"))),
      findings: contrast(ink(finding), ground(finding)),
    },
  };
};
