/** The icon of the demo's page: two arrows through a wall. */
export const demoIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b63ce"/>
<path d="M15 5h2v22h-2zM5 11h18l-4-4h4l5 5-5 5h-4l4-4H5zM27 19H9l4-4H9l-5 5 5 5h4l-4-4h18z" fill="#fff"/>
</svg>
`;
