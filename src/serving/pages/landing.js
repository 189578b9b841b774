// The command shows the address that this page came from.
document.querySelectorAll("[data-origin]").forEach((place) => { place.textContent = location.origin; });
