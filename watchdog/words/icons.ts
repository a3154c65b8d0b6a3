/** The shapes of the icons, by name. */

export const FILLED = {
  play: "M4 2.5v11l9-5.5z",
  dots: "M.8 8a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0zM6.3 8a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0zM11.8 8a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0z",
  octagon: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1zM7.1 4v5h1.8V4zm0 6.4v1.8h1.8v-1.8z",
  triangle: "M8 1.2 15.5 14.5H.5zM7.1 5.8v4.4h1.8V5.8zm0 5.5v1.8h1.8v-1.8z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  lock: "M3 7h10v7.5H3z",
  info: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM7.1 7v5h1.8V7zm0-3v1.8h1.8V4z",
};

const CIRCLE = "M14 8A6 6 0 1 1 2 8a6 6 0 1 1 12 0";

export const DRAWN = {
  branch: "M4 2v12M4 9h5a3 3 0 0 0 3-3V3M9.5 5.5 12 3l2.5 2.5",
  spin: "M13.5 8A5.5 5.5 0 1 1 11 3.4M11.5.5v3.5H8",
  "crossed-circle": `${CIRCLE}M3.8 12.2l8.4-8.4`,
  "dashed-circle": CIRCLE,
  "broken-link":
    "M6.5 4.5 8 3a3.2 3.2 0 0 1 4.7 4.7l-1.5 1.5M9.5 11.5 8 13a3.2 3.2 0 0 1-4.7-4.7l1.5-1.5M2 2l12 12",
  swap: "M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 7.5l-3 3 3 3",
  hidden: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM2.5 14l11-12",
  clock: `${CIRCLE}M8 4.5V8l2.5 2`,
  hourglass: "M3.5 2h9M3.5 14h9M4.5 2c0 4 3.5 4 3.5 6s-3.5 2-3.5 6M11.5 2c0 4-3.5 4-3.5 6s3.5 2 3.5 6",
  question: "M5 5.5a3 3 0 1 1 4.5 2.6C8.5 8.7 8 9.2 8 10.5M8 13v.5",
  check: "m2.5 8.5 3.5 3.5 7.5-8",
  cross: "m3 3 10 10M13 3 3 13",
  lock: "M5 7V5a3 3 0 0 1 6 0v2",
  person: "M10.8 5a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 1 1 5.6 0M2.5 14.5C2.5 11 5 9.8 8 9.8s5.5 1.2 5.5 4.7",
  elsewhere: "M9 2.5H2.5v11h11V7M6.5 9.5l7-7M10 1.8h4.2V6",
  prompt: "m2.5 4 4 4-4 4M8 12.5h5.5",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z",
  "bell-off": "M5 3.5A4 4 0 0 1 12 6c0 2 .4 3.3.8 4.2M11 11.5H2.5C2.5 11 4 10 4 6M6.5 13.5h3M2 2l12 12",
};

export type IconName = keyof typeof FILLED | keyof typeof DRAWN;
