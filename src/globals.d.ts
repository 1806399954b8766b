/** Short name of the build: version and commit. Records and links carry it. */
declare const __BUILD__: string;
