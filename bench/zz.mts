import { readFileSync, writeFileSync } from "node:fs";
import { drawPicture } from "./picture.ts";

writeFileSync("/tmp/bd/p.svg", drawPicture(JSON.parse(readFileSync("/tmp/bd/results.json", "utf8"))));
