// Stands in for the package "server-only", which throws outside a React server build and so in every test.
export {};
