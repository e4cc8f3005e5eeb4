import { expect, test } from "vitest";
import { isThisMachineOnly } from "./gateway-reach";

test.each(["http://localhost:4318", "http://127.0.0.1:4318", "http://[::1]:4318", "http://console.localhost"])(
  "%s is said to reach this machine only",
  (url) => expect(isThisMachineOnly(url)).toBe(true),
);

test.each(["https://fernblick.example.com", "http://10.0.0.5:4318", "http://localhost.example.com"])(
  "%s can be reached from elsewhere",
  (url) => expect(isThisMachineOnly(url)).toBe(false),
);
