/** A QR code; what draws it is fetched when one is first shown. */
import { lazy } from "./lazy.js";

export const QrCode = lazy("the QR code", async () => (await import("./qr-drawing.js")).QrDrawing);
