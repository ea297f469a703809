// What a user of the Node library writes: node node.mjs HOST WRITE_KEY
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host });
analytics.on("error", (problem) => {
  console.error(problem);
  process.exitCode = 1;
});
analytics.identify({ userId: "n1", traits: { email: "Noor@Example.nl", firstName: "Noor" } });
analytics.track({
  userId: "n1",
  event: "Order Completed",
  properties: { order_id: "1001", total: 49.95, currency: "EUR", products: [{ product_id: "p7", name: "Kind of Blue", price: 49.95 }] },
});
analytics.page({ userId: "n1", name: "Home", properties: { url: "https://shop.example/" } });
analytics.screen({ userId: "n1", name: "Start" });
analytics.group({ userId: "n1", groupId: "g1", traits: { name: "Initech" } });
analytics.alias({ userId: "n1", previousId: "old-number" });
await analytics.closeAndFlush();
