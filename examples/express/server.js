import express from "express";
import { MissingCallerError, readCallerFromHeaders } from "portcullis-caller";

const app = express();
app.disable("x-powered-by");

// Everything below is for callers. A public route, which has none, would stand above.
app.use((request, response, next) => {
  response.locals.caller = readCallerFromHeaders(request.headersDistinct);
  next();
});

app.get("/invoices/:invoiceId", (request, response) => {
  // Each query of yours begins with the tenant; the id in the path is the caller's claim.
  response.json({ invoice: request.params.invoiceId, caller: response.locals.caller });
});

// Not through API Gateway: our own failure, and no detail for whoever it was. Express knows this by its four parameters.
app.use((error, _request, response, next) => {
  if (!(error instanceof MissingCallerError)) return next(error);
  console.error(error.message);
  response.status(500).json({ error: error.code });
});

// API Gateway reaches it through a VPC link; 127.0.0.1 is for this machine.
const server = app.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () => {
  console.log(`Listening on port ${server.address().port}`);
});
