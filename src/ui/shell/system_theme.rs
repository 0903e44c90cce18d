//! Follows the light or dark preference of Linux desktops, which announce it over D-Bus (the settings portal) and not to
//! windows. Elsewhere the window's own library knows it.
//!
//! A desktop without the portal is no error: the theme stays as it is.

use egui::Context;

use crate::app::RuntimeHandle;

/// Watches the preference for as long as the program runs, from a thread of its own.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) fn follow(runtime: RuntimeHandle, ctx: Context) {
    crate::app::run_detached("system theme", move || {
        if let Err(error) = runtime.block_on(portal::watch(&ctx)) {
            tracing::debug!(%error, "the desktop does not tell whether it is light or dark");
        }
    });
}

/// The window's library tells the preference here.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) fn follow(_runtime: RuntimeHandle, _ctx: Context) {}

#[cfg(all(unix, not(target_os = "macos")))]
mod portal {
    use egui::{Context, Theme};
    use futures_util::StreamExt as _;
    use zbus::zvariant::OwnedValue;

    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";

    pub(super) async fn watch(ctx: &Context) -> zbus::Result<()> {
        let bus = zbus::Connection::session().await?;
        let settings = zbus::Proxy::new(
            &bus,
            "org.freedesktop.portal.Desktop",
            "/org/freedesktop/portal/desktop",
            "org.freedesktop.portal.Settings",
        )
        .await?;
        // Listening before asking, so that no change falls between.
        let mut changes = settings.receive_signal("SettingChanged").await?;
        let value: OwnedValue = settings.call("ReadOne", &(NAMESPACE, KEY)).await?;
        apply(ctx, &value);
        while let Some(change) = changes.next().await {
            let body = change.body();
            let (namespace, key, value): (String, String, OwnedValue) = body.deserialize()?;
            if namespace == NAMESPACE && key == KEY {
                apply(ctx, &value);
            }
        }
        Ok(())
    }

    fn apply(ctx: &Context, value: &OwnedValue) {
        let theme = theme_of(u32::try_from(value).unwrap_or(0));
        ctx.options_mut(|options| options.fallback_theme = theme);
        ctx.request_repaint();
    }

    /// 1 is dark, 2 is light, anything else no preference.
    fn theme_of(scheme: u32) -> Theme {
        if scheme == 1 { Theme::Dark } else { Theme::Light }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_desktop_s_number_picks_the_theme() {
            let picked: Vec<Theme> = [0, 1, 2, 7].into_iter().map(theme_of).collect();
            assert_eq!(picked, [Theme::Light, Theme::Dark, Theme::Light, Theme::Light]);
        }
    }
}
