"use client";

import { createContext, useContext } from "react";

/** What a control inside a field has to carry so that label, help and error belong to it. */
export type FieldControl = {
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
  required?: boolean;
};

export const FieldContext = createContext<FieldControl>({});

/** The attributes that the surrounding field gives to its control; empty outside of a field. */
export function useFieldControl(): FieldControl {
  return useContext(FieldContext);
}
