//! Closed lists of words: a stored code that never changes, and its Chinese word.

/// Declares a closed list of words. With a name between code and word, the name stands in addresses and JSON (`serde`
/// comes along, and `ToSchema` finds it: the name is taken as a bare token for that); with `|`, what follows the word are other ways in which people write it.
///
/// ```
/// kernel::words! {
///     /// How an order came in.
///     pub enum Channel {
///         /// A call to the centre.
///         Phone = 1, "phone", "电话";
///         /// Over a counter.
///         Counter = 4, "counter", "窗口";
///     }
/// }
/// kernel::words! {
///     /// With whom an elder lives.
///     pub enum Living {
///         /// Alone.
///         Alone = 1, "独居" | "独自居住" | "自己住";
///     }
/// }
/// assert_eq!((Channel::of(4), Channel::named("phone")), (Some(Channel::Counter), Some(Channel::Phone)));
/// assert_eq!(Living::read("自己住").map(Living::word), Some("独居"));
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $code:literal, $text:tt, $word:literal; )+
        }
    ) => {
        $crate::words! {
            @list $(#[$meta])* #[derive(serde::Serialize, serde::Deserialize)]
            $name { $( $(#[$vmeta])* #[serde(rename = $text)] $variant = $code, $word; )+ }
        }

        impl $name {
            /// The name in addresses and JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text ),+ }
            }

            /// The one of a name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $( $text => Some(Self::$variant), )+ _ => None }
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $code:literal, $word:literal $(| $synonym:literal)*; )+
        }
    ) => {
        $crate::words! { @list $(#[$meta])* $name { $( $(#[$vmeta])* $variant = $code, $word; )+ } }

        impl $name {
            /// What a person wrote, as the word itself or one of its synonyms.
            #[must_use]
            pub fn read(text: &str) -> Option<Self> {
                match text {
                    $( $word $( | $synonym )* => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }
    };
    (
        @list $(#[$meta:meta])*
        $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $code:literal, $word:literal; )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$vmeta])* $variant ),+
        }

        impl $name {
            /// All of them, in the order in which people list them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];

            /// The stored code.
            #[must_use]
            pub const fn code(self) -> i16 {
                match self { $( Self::$variant => $code ),+ }
            }

            /// The one of a stored code.
            #[must_use]
            pub const fn of(code: i16) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )+ _ => None }
            }

            /// The Chinese word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    words! {
        /// Two with names.
        pub enum Signed {
            /// One.
            One = 1, "one", "一";
            /// Nine.
            Nine = 9, "nine", "九";
        }
    }

    words! {
        /// Two that people write in several ways.
        pub enum Written {
            /// One.
            One = 1, "一" | "壹" | "1";
            /// Two.
            Two = 2, "二";
        }
    }

    #[test]
    fn a_word_is_found_by_code_and_by_name_and_goes_into_json_by_name() {
        assert_eq!((Signed::of(9), Signed::of(2)), (Some(Signed::Nine), None));
        assert_eq!((Signed::named("one"), Signed::named("一")), (Some(Signed::One), None));
        assert_eq!((Signed::Nine.code(), Signed::Nine.name(), Signed::Nine.word()), (9, "nine", "九"));
        assert_eq!(serde_json::to_string(&Signed::ALL).unwrap(), r#"["one","nine"]"#);
        assert_eq!(serde_json::from_str::<Signed>(r#""nine""#).unwrap(), Signed::Nine);
    }

    #[test]
    fn a_word_is_read_in_each_way_that_people_write_it() {
        let read = |text| Written::read(text).map(Written::code);
        assert_eq!(["一", "壹", "1", "二", "三"].map(read), [Some(1), Some(1), Some(1), Some(2), None]);
        assert!(
            Written::ALL
                .iter()
                .all(|one| Written::of(one.code()) == Some(*one) && Written::read(one.word()) == Some(*one))
        );
    }
}
